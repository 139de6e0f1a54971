"""What an error code of Bitrix24 means for us: the one table from codes to our error tree.

Decided on the code, whatever its case, and hardly ever on the HTTP status: some errors arrive with status 200,
others with an empty code and a text in the portal's language.
Source: settings/oauth/error-codes, _includes/system-errors; the official Python SDK's error tree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.errors import InstallationGone, PortalError, PortalRefused, PortalUnavailable

EXPIRED_TOKEN: Final = "EXPIRED_TOKEN"  # noqa: S105 (an error code)
INVALID_GRANT: Final = "INVALID_GRANT"
QUERY_LIMIT: Final = "QUERY_LIMIT_EXCEEDED"
OPERATION_LIMIT: Final = "OPERATION_TIME_LIMIT"
PAYMENT_REQUIRED: Final = "PAYMENT_REQUIRED"
PORTAL_DELETED: Final = "PORTAL_DELETED"
NOT_INSTALLED: Final = "NOT_INSTALLED"
APPLICATION_NOT_FOUND: Final = "APPLICATION_NOT_FOUND"
NOT_JSON: Final = "NOT_JSON"
UNREACHABLE: Final = "UNREACHABLE"
TIMEOUT: Final = "TIMEOUT"
TOO_LARGE: Final = "ANSWER_TOO_LARGE"
NO_CODE: Final = "NO_CODE"
NOT_RUN: Final = "NOT_RUN"
"""Ours: a command of a batch that stopped before it."""

UNAVAILABLE_CODES: Final = frozenset(
    {
        QUERY_LIMIT,
        OPERATION_LIMIT,
        "INTERNAL_SERVER_ERROR",
        "ERROR_UNEXPECTED_ANSWER",
        "METHOD_CONFIRM_WAITING",
        PAYMENT_REQUIRED,
        PORTAL_DELETED,
        NOT_JSON,
        UNREACHABLE,
        TIMEOUT,
    }
)
"""Waiting helps: minutes, or until somebody renews, confirms or finds the portal again."""

STANDING_CODES: Final = frozenset({PAYMENT_REQUIRED, PORTAL_DELETED, "METHOD_CONFIRM_WAITING"})
"""Of these, what the next seconds will not change."""

GONE_CODES: Final = frozenset({NOT_INSTALLED, APPLICATION_NOT_FOUND})
"""The app is not, or no longer, on this portal."""

DEAD_TOKEN_CODES: Final = frozenset(
    {
        EXPIRED_TOKEN,
        INVALID_GRANT,
        "NO_AUTH_FOUND",
        "INVALID_TOKEN",
        "AUTHORIZATION_ERROR",
        "ERROR_OAUTH",
    }
)
"""This person's token will not work again; another administrator's may."""

REFUSED_TOKEN_CODES: Final = DEAD_TOKEN_CODES | {APPLICATION_NOT_FOUND}
"""What a portal says of a token that it does not take (any more)."""

_SENTENCES: Final[Mapping[str, str]] = {
    EXPIRED_TOKEN: "Your Bitrix24 session has ended. Please reload the page.",
    INVALID_GRANT: "Bitrix24 asks an administrator to open Paraph once, to renew its access.",
    "NO_AUTH_FOUND": "Bitrix24 no longer accepts our access. An administrator should open Paraph once.",
    "INVALID_TOKEN": "Bitrix24 no longer accepts our access. An administrator should open Paraph once.",
    "AUTHORIZATION_ERROR": "This Bitrix24 user has no access any more. Another administrator should open Paraph.",
    "ERROR_OAUTH": "Bitrix24 no longer accepts our access. An administrator should open Paraph once.",
    "INVALID_CREDENTIALS": "Your rights in Bitrix24 do not allow this.",
    "ACCESS_DENIED": "Bitrix24 does not allow this: rights or the portal's plan are missing.",
    "DOCGEN_ACCESS_ERROR": "Your rights in Bitrix24 do not cover its document generator.",
    "DOCGEN_LIMIT_ERROR": "The portal's plan does not allow more generated documents.",
    "USER_ACCESS_ERROR": "Your Bitrix24 administrator has not given you access to Paraph.",
    "INSUFFICIENT_SCOPE": "Paraph needs one more permission: an administrator should update it in Bitrix24.",
    PORTAL_DELETED: "This Bitrix24 does not answer any more. Nothing is lost; we look again every day.",
    PAYMENT_REQUIRED: "The Bitrix24 subscription of Paraph has ended. An administrator can renew it.",
    "OVERLOAD_LIMIT": "Bitrix24 has blocked this portal's interface. Its support can lift the block.",
    "METHOD_CONFIRM_WAITING": "Bitrix24 is waiting for an administrator to confirm this.",
    "METHOD_CONFIRM_DENIED": "A Bitrix24 administrator has refused this.",
    "INVALID_CLIENT": "Bitrix24 does not know this app. The operator should check its client id and secret.",
    "WRONG_CLIENT": "Bitrix24 does not know this app. The operator should check its client id and secret.",
    "ALLOWED_ONLY_INTRANET_USER": "Only employees of the portal may do this.",
    "NOT_FOUND": "Bitrix24 cannot find this any more. It may have been deleted.",
    TOO_LARGE: "Bitrix24 sent more than we can take.",
}


def normalised(code: object) -> str:
    """Return an error code in upper case; "" and 0, which mean nothing, become NO_CODE."""
    text = str(code).strip().upper() if code is not None else ""
    return NO_CODE if text in {"", "0", "FALSE"} else text


def fault(code: object, *, status: int = 200, method: str = "") -> PortalError:
    """Return the error of our tree for `code`. The portal's own text is left out: it may hold data.

    status: only looked at when the code says nothing: 5xx and 429 then mean "later".
    """
    name = normalised(code)
    kind: type[PortalError] = PortalRefused
    if name in GONE_CODES:
        kind = InstallationGone
    elif name in UNAVAILABLE_CODES or (name == NO_CODE and (status >= 500 or status == 429)):
        kind = PortalUnavailable
    return kind(_SENTENCES.get(name), code=name, method=method)


def fault_of_answer(
    answer: Mapping[str, object], *, status: int, method: str
) -> PortalError | None:
    """Return the error an answer carries, or nothing when it carries a result.

    `error` may be a code, "", 0, or (REST 3.0) an object with a code; its presence alone decides.
    """
    if "error" not in answer:
        return fault(NO_CODE, status=status, method=method) if status >= 400 else None
    error = answer["error"]
    if isinstance(error, Mapping):
        error = error.get("code", "")
    return fault(error, status=status, method=method)
