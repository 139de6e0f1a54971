"""What a door may ask of the running request: services, who calls, from where."""

from __future__ import annotations

from typing import cast

from flask import current_app, request

from app.services import Services


def services() -> Services:
    """Return the services of this process."""
    return cast(Services, current_app.extensions["paraph"])


def client_ip() -> str:
    """Return the caller's address, through as many proxies as the operator trusts and no more."""
    return request.remote_addr or ""


def client_browser() -> str:
    """Return the browser's own name, cut to what the audit keeps."""
    return request.headers.get("User-Agent", "")[:400]
