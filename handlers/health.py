"""Is it alive, is it ready, what is it."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.actions import health
from app.http.context import services
from app.http.guards import open_to_all

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@open_to_all
def alive() -> ResponseReturnValue:
    """Answer as long as the process runs."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@open_to_all
def ready() -> ResponseReturnValue:
    """Answer 200 when everything this process needs is there, else 503 with what is missing."""
    faults = health.faults(services())
    return jsonify(status="not ready" if faults else "ok", faults=faults), 503 if faults else 200


@blueprint.get("/version")
@open_to_all
def version() -> ResponseReturnValue:
    """Name the version that runs."""
    return jsonify(version=services().manifest.app.version)
