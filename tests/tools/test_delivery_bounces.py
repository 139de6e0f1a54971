"""Mail that came back is read as RFC 3464 says; anything else is nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.delivery.bounces import read, read_fields
from app.delivery.channel import Outcome

OURS = "0123456789abcdef0123456789abcdef"
ENCLOSED = f"""Content-Type: message/rfc822

From: signatures@example.com
To: nobody@example.org
Message-ID: <{OURS}@example.com>
Subject: Contract

Text
"""
HEADERS = f"""Content-Type: text/rfc822-headers

From: signatures@example.com
Message-ID: <{OURS}@example.com>
"""


def notification(*actions: str, enclosed: str = ENCLOSED) -> bytes:
    """A notification as Postfix writes it, one block a recipient."""
    blocks = "\n".join(
        f"Final-Recipient: rfc822; nobody@example.org\nAction: {action}\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 No such user\n"
        for action in actions
    )
    return f"""From: MAILER-DAEMON@mail.example.org
To: signatures@example.com
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org

{blocks}
--b
{enclosed}
--b--
""".encode()


@pytest.mark.parametrize("enclosed", [ENCLOSED, HEADERS])
def test_a_bounce_names_our_mail_and_the_servers_words(enclosed: str) -> None:
    found = read(notification("failed", enclosed=enclosed))
    assert found is not None
    assert found.delivery_id == OURS
    assert found.report.outcome is Outcome.FAILED
    assert found.report.words == "5.1.1 smtp; 550 5.1.1 No such user"


@pytest.mark.parametrize(
    ("action", "outcome"),
    [
        ("delayed", Outcome.UNDER_WAY),
        ("delivered", Outcome.DELIVERED),
        ("failed (x)", Outcome.FAILED),
    ],
)
def test_each_action_means_what_the_standard_says(action: str, outcome: Outcome) -> None:
    found = read(notification(action))
    assert found is not None
    assert found.report.outcome is outcome


def test_of_several_recipients_the_worst_counts() -> None:
    found = read(notification("delivered", "failed"))
    assert found is not None
    assert found.report.outcome is Outcome.FAILED


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: Out of office\n\nBack on Monday",
        notification("failed", enclosed=ENCLOSED.replace(OURS, "newsletter-17")),
        notification("relayed-to-the-moon"),
        notification("failed").replace(b"message/delivery-status", b"text/plain"),
        notification("failed") + b"x" * 3_000_000,
    ],
)
def test_any_other_mail_is_nothing(raw: bytes) -> None:
    assert read(raw) is None


@given(st.binary(max_size=400), st.integers(0, 900))
def test_no_damage_breaks_the_reading(noise: bytes, at: int) -> None:
    whole = notification("failed")
    read(whole[:at] + noise + whole[at + len(noise) :])


def test_a_service_may_tell_it_as_json() -> None:
    told = {"message_id": f"<{OURS}@example.com>", "outcome": "bounced", "words": "No such\nuser"}
    found = read_fields(told)
    assert found is not None
    assert (found.delivery_id, found.report.words) == (OURS, "No such user")
    for odd in (
        None,
        [],
        {},
        {**told, "outcome": "read"},
        {**told, "message_id": OURS},
        {**told, "message_id": 7},
    ):
        assert read_fields(odd) is None
