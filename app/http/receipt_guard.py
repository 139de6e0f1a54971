"""Guards of the doors for receipts: gateway and mail system name a secret that only the operator and they know."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import request

from app.delivery.bounces import LARGEST_BYTES
from app.errors import NotAllowed
from app.http import limits
from app.http.context import services
from app.http.guards import guarded

P = ParamSpec("P")
R = TypeVar("R")
RECEIPT_BYTES = 64 * 1024


def provider_receipt(view: Callable[P, R]) -> Callable[P, R]:
    """Accept what carries the SMS gateway's secret as `key` in its address, all that gateways have in common."""
    return _with_secret(view, "sms_receipt_secret", RECEIPT_BYTES)


def returned_mail(view: Callable[P, R]) -> Callable[P, R]:
    """Accept what carries the mail system's secret as `key` in its address, as SMS receipts do theirs."""
    return _with_secret(view, "mail_receipt_secret", LARGEST_BYTES)


def _with_secret(view: Callable[P, R], setting: str, size: int) -> Callable[P, R]:
    """Let in who names the operator's secret; without one in the settings, nobody."""

    @wraps(view)
    def proven(*args: P.args, **kwargs: P.kwargs) -> R:
        secret = str(getattr(services().settings, setting))
        named = request.args.get("key", "")
        if not secret or not hmac.compare_digest(named.encode(), secret.encode()):
            raise NotAllowed
        limits.take_at_most(size)
        limits.refuse_odd_texts()
        return view(*args, **kwargs)

    return guarded("provider_receipt")(proven)
