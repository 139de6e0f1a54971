"""Is it alive, is it ready, what is it; and its figures, for who knows the operator's token."""

from __future__ import annotations

import time

from flask import Blueprint, Response, current_app, jsonify
from flask.typing import ResponseReturnValue

from app.actions import figures, health
from app.actions.health import Finding
from app.http.context import services
from app.http.guards import open_to_all, operator
from app.metrics import TEXT_FORMAT

blueprint = Blueprint("health", __name__)
FRESH_S, SICK_FRESH_S = 3.0, 1.0
"""How long an answer of /readyz stands, good or bad: anyone may ask, and each look touches database and disk.

A bad one is looked at again sooner, so that a process that is well again is back in service at once.
"""


@blueprint.get("/healthz")
@open_to_all
def alive() -> ResponseReturnValue:
    """Answer as long as the process runs."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@open_to_all
def ready() -> ResponseReturnValue:
    """Answer 200 when this process can serve, else 503; with the names of what is wrong.

    `bin/app doctor` says the same in sentences, to who runs this.
    """
    found = _findings()
    faults = [one.name for one in found if one.stops]
    warnings = [one.name for one in found if not one.stops]
    status = "not ready" if faults else "ok"
    return jsonify(status=status, faults=faults, warnings=warnings), 503 if faults else 200


@blueprint.get("/version")
@open_to_all
def version() -> ResponseReturnValue:
    """Name the version that runs."""
    return jsonify(version=services().manifest.app.version)


@blueprint.get("/metrics")
@operator
def metrics() -> ResponseReturnValue:
    """Return the installation's figures for Prometheus."""
    return Response(figures.figures(services()), content_type=TEXT_FORMAT)


def is_fresh(age_s: float, found: list[Finding]) -> bool:
    """Whether findings that were made `age_s` ago still stand."""
    return age_s < (SICK_FRESH_S if any(one.stops for one in found) else FRESH_S)


def _findings() -> list[Finding]:
    at, found = current_app.extensions.get("paraph-findings", (-FRESH_S, []))
    if not is_fresh(time.monotonic() - at, found):
        found = health.findings(services())
        current_app.extensions["paraph-findings"] = (time.monotonic(), found)
    return list(found)
