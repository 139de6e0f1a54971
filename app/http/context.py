"""What a door may ask of the running request: services, who calls, from where."""

from __future__ import annotations

from ipaddress import ip_address
from typing import cast

from flask import current_app, request

from app.services import Services


def services() -> Services:
    """Return the services of this process."""
    return cast(Services, current_app.extensions["paraph"])


def client_ip() -> str:
    """Return the caller's address, through as many proxies as the operator trusts and no more.

    "" for what is no address: a proxy that passes on a stranger's header must not write into the evidence.
    """
    try:
        return str(ip_address(request.remote_addr or ""))
    except ValueError:
        return ""


def client_browser() -> str:
    """Return the browser's own name, cut to what the audit keeps."""
    return request.headers.get("User-Agent", "").replace("\x00", "")[:400]
