"""Guard of the door for delivery receipts: the SMS gateway names a secret that only the operator and it know."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import request

from app.errors import NotAllowed
from app.http import limits
from app.http.context import services
from app.http.guards import guarded

P = ParamSpec("P")
R = TypeVar("R")
RECEIPT_BYTES = 64 * 1024


def provider_receipt(view: Callable[P, R]) -> Callable[P, R]:
    """Accept what carries the operator's secret as `key` in its address, all that gateways have in common.

    Without a secret in the settings nobody comes in.
    """

    @wraps(view)
    def proven(*args: P.args, **kwargs: P.kwargs) -> R:
        secret = services().settings.sms_receipt_secret
        named = request.args.get("key", "")
        if not secret or not hmac.compare_digest(named.encode(), secret.encode()):
            raise NotAllowed
        limits.take_at_most(RECEIPT_BYTES)
        return view(*args, **kwargs)

    return guarded("provider_receipt")(proven)
