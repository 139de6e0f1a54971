"""Errors of the REST interface, with code and status as the portal sends them.

Source: the portal's list of system errors. Where documents and SDK disagree on the HTTP
status, the documents win.
"""

from __future__ import annotations

from typing import Any


class RestError(Exception):
    """One error answer. `code` may be "" or 0: the portal does that."""

    def __init__(self, code: str | int, description: str, status: int = 400, **extra: Any):
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.status = status
        self.extra = extra

    def body(self) -> dict[str, Any]:
        return {"error": self.code, "error_description": self.description, **self.extra}


class HtmlAnswer(Exception):
    """A page of HTML where JSON was expected: a proxy, a firewall, a crash."""

    def __init__(self, status: int, html: str, location: str = ""):
        super().__init__(f"HTML {status}")
        self.status = status
        self.html = html
        self.location = location


SYSTEM = {
    "expired_token": (401, "The access token provided has expired."),
    "NO_AUTH_FOUND": (401, "Wrong authorization data"),
    "invalid_token": (401, "Unable to get application by token"),
    "authorization_error": (401, "Unable to authorize user"),
    "APPLICATION_NOT_FOUND": (401, "Application not found"),
    "ERROR_OAUTH": (401, "Application not installed"),
    "INVALID_CREDENTIALS": (403, "Invalid request credentials"),
    "insufficient_scope": (
        403,
        "The request requires higher privileges than provided by the access token",
    ),
    "user_access_error": (403, "The user does not have access to the application."),
    "ACCESS_DENIED": (403, "Access denied!"),
    "WRONG_AUTH_TYPE": (
        403,
        "Current authorization type is denied for this method Application context required",
    ),
    "METHOD_CONFIRM_WAITING": (401, "Waiting for confirmation"),
    "METHOD_CONFIRM_DENIED": (403, "Method call denied"),
    "PAYMENT_REQUIRED": (401, "Payment required"),
    "PORTAL_DELETED": (410, "Portal was deleted"),
    "QUERY_LIMIT_EXCEEDED": (503, "Too many requests"),
    "OVERLOAD_LIMIT": (503, "REST API is blocked due to overload."),
    "OPERATION_TIME_LIMIT": (429, "Method is blocked due to operation time limit."),
    "INTERNAL_SERVER_ERROR": (500, "Internal server error"),
    "ERROR_UNEXPECTED_ANSWER": (500, "Server returned an unexpected response"),
    "INVALID_REQUEST": (400, "Https required"),
    "ERROR_METHOD_NOT_FOUND": (404, "Method not found!"),
    "ERROR_BATCH_LENGTH_EXCEEDED": (400, "Max batch length exceeded"),
    "ERROR_BATCH_METHOD_NOT_ALLOWED": (400, "Method is not allowed for batch usage"),
    "NOT_FOUND": (400, "Not found."),
}


def system(code: str, description: str = "") -> RestError:
    """Return the system error of that code with its usual status and text."""
    status, text = SYSTEM[code]
    return RestError(code, description or text, status)


def not_found(text: str = "Not found.") -> RestError:
    return RestError("NOT_FOUND", text)


def untitled(text: str, *, status: int = 400) -> RestError:
    """Return an error whose code is empty: many classic methods answer so."""
    return RestError("", text, status)


def missing(name: str) -> RestError:
    """Return the controller's answer to a missing required parameter (code 100)."""
    return RestError("100", f"Could not find value for parameter {{{name}}}")
