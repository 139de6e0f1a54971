from __future__ import annotations

import pytest

from app.crm.moved import moved_endpoint
from app.errors import PortalUnavailable

OLD = "https://b24-x1.bitrix24.fr/rest/"


def nobody():
    raise AssertionError("the authorization server need not be asked")


@pytest.mark.parametrize(
    ("old", "host"),
    [("b24-x1.bitrix24.fr", "lumen.bitrix24.fr"), ("a.bitrix24.com.br", "b.bitrix24.com.br")],
)
def test_a_new_name_under_the_same_cloud_is_believed(old, host):
    found = moved_endpoint(
        f"https://{old}/rest/",
        f"https://{host}/rest/crm.item.get",
        method="crm.item.get",
        ask=nobody,
    )
    assert found == f"https://{host}/rest/"


@pytest.mark.parametrize(
    "host",
    [
        "lumen.bitrix24.de",
        "bitrix24.fr.example.com",
        "crm.example.com",
        "127.0.0.1",
        "a.b.bitrix24.fr",
    ],
)
def test_any_other_name_must_be_confirmed(host):
    location = f"https://{host}/rest/crm.item.get"
    asked = []

    def server(answer):
        return lambda: (asked.append(1), answer)[1]

    confirmed = moved_endpoint(
        OLD, location, method="crm.item.get", ask=server(f"https://{host}/rest/")
    )
    assert confirmed == f"https://{host}/rest/"
    with pytest.raises(PortalUnavailable):
        moved_endpoint(OLD, location, method="crm.item.get", ask=server(OLD))
    assert len(asked) == 2


@pytest.mark.parametrize(
    "location",
    [
        "http://lumen.bitrix24.fr/rest/crm.item.get",
        "https://lumen.bitrix24.fr/login/",
        "https://user@lumen.bitrix24.fr/rest/crm.item.get",
        "//lumen.bitrix24.fr/rest/crm.item.get",
        "",
    ],
)
def test_a_redirect_to_plain_http_a_login_page_or_nowhere_is_no_move(location):
    with pytest.raises(PortalUnavailable):
        moved_endpoint(OLD, location, method="crm.item.get", ask=nobody)
