from __future__ import annotations

import pytest

from app.crm import faults
from app.crm.faults import fault, fault_of_answer
from app.errors import InstallationGone, PortalRefused, PortalUnavailable

TABLE = {
    "expired_token": PortalRefused,
    "NO_AUTH_FOUND": PortalRefused,
    "invalid_token": PortalRefused,
    "authorization_error": PortalRefused,
    "APPLICATION_NOT_FOUND": InstallationGone,
    "ERROR_OAUTH": PortalRefused,
    "INVALID_CREDENTIALS": PortalRefused,
    "insufficient_scope": PortalRefused,
    "user_access_error": PortalRefused,
    "ACCESS_DENIED": PortalRefused,
    "WRONG_AUTH_TYPE": PortalRefused,
    "METHOD_CONFIRM_WAITING": PortalUnavailable,
    "METHOD_CONFIRM_DENIED": PortalRefused,
    "PAYMENT_REQUIRED": PortalUnavailable,
    "PORTAL_DELETED": PortalUnavailable,
    "QUERY_LIMIT_EXCEEDED": PortalUnavailable,
    "OVERLOAD_LIMIT": PortalRefused,
    "OPERATION_TIME_LIMIT": PortalUnavailable,
    "INTERNAL_SERVER_ERROR": PortalUnavailable,
    "ERROR_UNEXPECTED_ANSWER": PortalUnavailable,
    "INVALID_REQUEST": PortalRefused,
    "invalid_request": PortalRefused,
    "invalid_client": PortalRefused,
    "wrong_client": PortalRefused,
    "invalid_grant": PortalRefused,
    "invalid_scope": PortalRefused,
    "NOT_INSTALLED": InstallationGone,
    "NOT_JSON": PortalUnavailable,
}
"""Both tables of the contract's section on errors; NOT_JSON is ours for a page of HTML."""


@pytest.mark.parametrize(("code", "kind"), TABLE.items())
def test_every_documented_code_says_who_can_act(code, kind):
    error = fault(code, method="crm.item.get")
    assert type(error) is kind
    assert error.code == code.upper()


@pytest.mark.parametrize("code", ["", 0, "0", None])
def test_a_code_that_says_nothing_is_judged_by_the_status(code):
    assert type(fault(code, status=400)) is PortalRefused
    assert type(fault(code, status=503)) is PortalUnavailable
    assert fault(code).code == faults.NO_CODE


def test_an_error_with_status_200_is_an_error():
    assert (
        fault_of_answer({"error": "ERROR_ARGUMENT"}, status=200, method="placement.bind")
        is not None
    )
    assert fault_of_answer({"result": False}, status=200, method="x") is None


def test_an_error_of_rest_3_is_read_from_its_object():
    error = fault_of_answer({"error": {"code": "ACCESS_DENIED"}}, status=403, method="x")
    assert error is not None
    assert error.code == "ACCESS_DENIED"


def test_a_bad_status_without_an_error_is_an_error():
    assert fault_of_answer({}, status=502, method="x") is not None


def test_the_portals_own_text_never_enters_ours():
    answer = {"error": "X", "error_description": "Deal of Marie Dupont, token abc"}
    error = fault_of_answer(answer, status=400, method="x")
    assert "Dupont" not in str(error)
    assert "Dupont" not in repr(error.values)
