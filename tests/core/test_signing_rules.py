"""Rules of the signing page."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.core import signing
from app.core.acts import act_of
from app.core.envelope import RecipientState, Role, Seat, Status
from app.core.fields import SignatureImage, SignatureWay
from app.core.signing import Filled, LinkPurpose, Stage
from app.errors import NotYourTurn, WrongState

FIRST = Seat("a", Role.SIGNER, 1, RecipientState.INVITED)
SECOND = Seat("b", Role.SIGNER, 2, RecipientState.WAITING)
VIEWER = Seat("v", Role.VIEWER, 1, RecipientState.WAITING)
SIGNED = Seat("a", Role.SIGNER, 1, RecipientState.SIGNED)


@pytest.mark.parametrize(
    ("status", "me", "seats", "expected"),
    [
        (Status.SENT, FIRST, (FIRST, SECOND), Stage.READY),
        (Status.SENT, SECOND, (FIRST, SECOND), Stage.NOT_YOUR_TURN),
        (Status.SENT, SECOND, (SIGNED, SECOND), Stage.READY),
        (Status.SENT, SIGNED, (SIGNED, SECOND), Stage.WAITING),
        (Status.SENT, VIEWER, (FIRST, VIEWER), Stage.WAITING),
        (Status.SIGNED, SIGNED, (SIGNED,), Stage.SEALING),
        (Status.SEALED, SIGNED, (SIGNED,), Stage.DONE),
        (Status.DECLINED, FIRST, (FIRST,), Stage.DECLINED),
        (Status.EXPIRED, FIRST, (FIRST,), Stage.EXPIRED),
        (Status.VOIDED, FIRST, (FIRST,), Stage.VOIDED),
    ],
)
def test_each_state_has_its_page(
    status: Status, me: Seat, seats: tuple[Seat, ...], expected: Stage
) -> None:
    assert signing.stage(status, me, seats) is expected


def test_a_deadline_that_passed_ends_it_even_before_anything_marked_it() -> None:
    assert signing.stage(Status.SENT, FIRST, (FIRST,), is_late=True) is Stage.EXPIRED
    assert signing.stage(Status.SEALED, SIGNED, (SIGNED,), is_late=True) is Stage.DONE


def test_only_whose_turn_it_is_may_act() -> None:
    signing.require_ready(Stage.READY)
    with pytest.raises(NotYourTurn):
        signing.require_ready(Stage.NOT_YOUR_TURN)
    for other in set(Stage) - {Stage.READY, Stage.NOT_YOUR_TURN}:
        with pytest.raises(WrongState):
            signing.require_ready(other)


@pytest.mark.parametrize(
    ("purpose", "needs_code", "channel", "level"),
    [
        (LinkPurpose.SIGN, True, "email", "code_same"),
        (LinkPurpose.SIGN, True, "link", "code_other"),
        (LinkPurpose.SIGN, False, "email", "link"),
        (LinkPurpose.COPIED, False, "email", "link"),
        (LinkPurpose.PORTAL, True, "email", "portal"),
    ],
)
def test_the_level_reached_is_the_one_that_was_proven(
    purpose: LinkPurpose, needs_code: bool, channel: str, level: str
) -> None:
    assert signing.identified_by(purpose, needs_code, channel) == level


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("anne.dupont@example.org", "a•••t@example.org"),
        ("bo@example.org", "b•••@example.org"),
        ("+33 1 99 00 12 34", "••\u00a0••\u00a034"),
        ("", "••••"),
    ],
)
def test_an_address_is_known_to_its_owner_only(address: str, shown: str) -> None:
    assert signing.masked(address) == shown


def test_a_code_goes_over_the_channel_of_the_invitation_or_what_there_is() -> None:
    assert signing.code_address("sms", "a@example.org", "+33199000001") == ("sms", "+33199000001")
    assert signing.code_address("link", "a@example.org", "") == ("email", "a@example.org")
    assert signing.code_address("email", "", "+33199000001") == ("sms", "+33199000001")
    assert signing.code_address("email", "", "") == ("", "")


@pytest.mark.parametrize(
    ("title", "act"),
    [
        ("Contrat de prestation — salle", "Sign the contract"),
        ("Services contract", "Sign the contract"),
        ("Devis n° 12", "Sign the quote"),
        ("Minutes of the meeting", "Sign the document"),
    ],
)
def test_the_button_names_the_act(title: str, act: str) -> None:
    assert act_of(title) == act


def test_what_was_shown_is_one_digest_for_any_number_of_documents() -> None:
    assert signing.shown_digest(["aa"]) == "aa"
    assert signing.shown_digest(["aa", "bb"]) != signing.shown_digest(["bb", "aa"])


def test_an_image_goes_into_json_and_back() -> None:
    for image in (
        SignatureImage(way=SignatureWay.TYPED, text="Zoë", hand="formal"),
        SignatureImage(way=SignatureWay.DRAWN, strokes=(((0.1, 0.2), (0.3, 0.4)),), aspect=2.5),
        SignatureImage(way=SignatureWay.PICTURE, picture="ab" * 32),
    ):
        kept = signing.image_to_json(image)
        assert kept is not None
        assert signing.image_from_json(kept) == image


def test_one_moved_point_changes_the_digest_of_what_was_filled() -> None:
    def drawn(y: float) -> dict[str, Filled]:
        strokes = (((0.1, y), (0.9, 0.4)),)
        return {"d/s": Filled(image=SignatureImage(way=SignatureWay.DRAWN, strokes=strokes))}

    assert signing.filled_digest(drawn(0.5)) == signing.filled_digest(drawn(0.5))
    assert signing.filled_digest(drawn(0.5)) != signing.filled_digest(drawn(0.5001))
    assert signing.filled_digest({"d/t": Filled(value="a")}) != signing.filled_digest(
        {"d/t": Filled(value="b")}
    )


def test_the_date_of_signing_is_written_as_its_reader_writes_dates() -> None:
    at = datetime(2026, 3, 5, 23, 30, tzinfo=UTC)
    assert signing.signed_date(at, "fr") == "05/03/2026"
    assert signing.signed_date(at, "en") == "5 March 2026"


def test_initials_take_every_part_of_a_name() -> None:
    assert signing.initials_of("Anne-Marie Le Goff") == "AMLG"
    assert signing.initials_of("") == ""
