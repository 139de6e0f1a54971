"""Signing: consent, turn, what was shown, values; one transaction, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.actions.sign import sign
from app.core.fields import SignatureImage, SignatureWay
from app.core.signing import LinkPurpose
from app.errors import BadInput, LinkExpired, NotYourTurn, WrongState
from app.services import Services
from app.store import envelopes
from app.store.tables import Envelope, Recipient
from tests.conftest import Clock
from tests.signing_kit import DRAWN, TYPED, AskedJobs, make_signer, make_signers, with_asked_jobs


@pytest.fixture
def desk(services: Services) -> tuple[Services, AskedJobs]:
    return with_asked_jobs(services)


def test_the_first_signature_leaves_the_envelope_sent_and_invites_the_next(
    desk: tuple[Services, AskedJobs],
) -> None:
    services, jobs = desk
    signers = make_signers(services)
    us = signers["us"]
    sign(services, us.caller, us.submission())
    assert us.row.state == "signed"
    assert us.envelope.status == "sent"
    assert jobs.flows() == ["deliver", "card"]
    assert us.events()[-2:] == ["consented", "signed"]


def test_the_last_signature_completes_the_envelope_and_asks_for_the_seal(
    desk: tuple[Services, AskedJobs],
) -> None:
    services, jobs = desk
    signers = make_signers(services)
    for role in ("us", "client"):
        sign(services, signers[role].caller, signers[role].submission())
    client = signers["client"]
    assert client.envelope.status == "signed"
    assert ("finish", f"finish:{client.envelope_id}") in jobs.asked
    assert client.events()[-1] == "completed"


def test_a_second_submission_changes_nothing(desk: tuple[Services, AskedJobs]) -> None:
    services, jobs = desk
    signer = make_signer(services)
    sign(services, signer.caller, signer.submission())
    before, asked = signer.events(), list(jobs.asked)
    sign(services, signer.caller, signer.submission(signature=DRAWN))
    assert signer.events() == before
    assert jobs.asked == asked
    assert signer.fields[0].image is not None
    assert signer.fields[0].image["way"] == "typed"


def test_twenty_submissions_at_once_sign_once(desk: tuple[Services, AskedJobs]) -> None:
    services, _ = desk
    signer = make_signer(services)
    submission, caller = signer.submission(), signer.caller
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: sign(services, caller, submission), range(20)))
    assert signer.events().count("signed") == 1


def test_who_is_not_next_cannot_sign(desk: tuple[Services, AskedJobs]) -> None:
    services, jobs = desk
    client = make_signers(services)["client"]
    with pytest.raises(NotYourTurn):
        sign(services, client.caller, client.submission())
    assert jobs.asked == []
    assert "signed" not in client.events()


@pytest.mark.parametrize("status", ["voided", "declined", "expired", "signed", "sealed"])
def test_an_envelope_that_is_over_cannot_be_signed(
    desk: tuple[Services, AskedJobs], status: str
) -> None:
    services, _ = desk
    signer = make_signer(services, status=status)
    with pytest.raises(WrongState):
        sign(services, signer.caller, signer.submission())


def test_a_passed_deadline_refuses(desk: tuple[Services, AskedJobs], clock: Clock) -> None:
    services, _ = desk
    signer = make_signer(services, deadline=clock() + timedelta(hours=1))
    clock.pass_by(hours=2)
    with pytest.raises(WrongState):
        sign(services, signer.caller, signer.submission())


def test_a_link_that_ran_out_between_opening_and_signing_refuses(
    desk: tuple[Services, AskedJobs], clock: Clock
) -> None:
    services, _ = desk
    signer = make_signer(services, link_days=1)
    submission = signer.submission()
    clock.pass_by(days=2)
    with pytest.raises(LinkExpired):
        sign(services, signer.caller, submission)


def test_what_was_not_shown_cannot_be_signed(desk: tuple[Services, AskedJobs]) -> None:
    services, _ = desk
    signer = make_signer(services)
    with pytest.raises(WrongState):
        sign(services, signer.caller, signer.submission(seen="cd" * 32))


@pytest.mark.parametrize("ticked", ["", "yes", "ab" * 32])
def test_without_the_consent_in_force_nothing_is_signed(
    desk: tuple[Services, AskedJobs], ticked: str
) -> None:
    services, _ = desk
    signer = make_signer(services)
    with pytest.raises(BadInput) as refused:
        sign(services, signer.caller, signer.submission(consent_hash=ticked))
    assert refused.value.field == "consent"
    assert signer.row.state == "invited"


def test_a_required_field_left_empty_is_named(desk: tuple[Services, AskedJobs]) -> None:
    services, _ = desk
    signer = make_signer(services)
    field_id = signer.add_field("text")
    with pytest.raises(BadInput) as refused:
        sign(services, signer.caller, signer.submission())
    assert refused.value.field == field_id
    sign(services, signer.caller, signer.submission(values={field_id: " 12 rue des Lilas "}))
    assert next(f for f in signer.fields if f.id == field_id).value == "12 rue des Lilas"


def test_a_missing_signature_is_refused(desk: tuple[Services, AskedJobs]) -> None:
    services, _ = desk
    signer = make_signer(services)
    with pytest.raises(BadInput, match="sign first"):
        sign(services, signer.caller, signer.submission(signature=None))


def test_one_signature_serves_every_signature_field(desk: tuple[Services, AskedJobs]) -> None:
    services, _ = desk
    signer = make_signer(services)
    signer.add_field("signature")
    sign(services, signer.caller, signer.submission(signature=DRAWN))
    images = [row.image for row in signer.fields]
    assert len(images) == 2
    assert images[0] == images[1] is not None


def test_the_date_of_signing_is_ours_whatever_was_sent(desk: tuple[Services, AskedJobs]) -> None:
    services, _ = desk
    signer = make_signer(services)
    field_id = signer.add_field("date_signed")
    sign(services, signer.caller, signer.submission(values={field_id: "1 January 1970"}))
    assert next(f for f in signer.fields if f.id == field_id).value == "24 November 2026"


def test_another_signers_field_cannot_be_filled(desk: tuple[Services, AskedJobs]) -> None:
    services, _ = desk
    signers = make_signers(services)
    theirs = signers["client"].add_field("text")
    us = signers["us"]
    sign(services, us.caller, us.submission(values={theirs: "not mine to say"}))
    assert next(f for f in signers["client"].fields if f.id == theirs).value == ""


def test_the_evidence_names_person_way_consent_and_what_was_seen(
    desk: tuple[Services, AskedJobs],
) -> None:
    services, _ = desk
    signer = make_signer(services)
    submission = signer.submission()
    sign(services, signer.caller, submission)
    data = signer.event("signed")
    assert data["way"] == "typed"
    assert data["name"] == "Jean Exemple"
    assert data["seen"] == submission.seen == signer.row.seen_digest
    assert data["consent_hash"] == submission.consent_hash == signer.row.consent_hash
    assert data["identified_by"] == "link" == signer.row.identified_by
    assert len(data["fields"]) == 64
    assert signer.event("consented")["lang"] == "en"
    assert signer.row.signed_ip == "192.0.2.7"


def test_the_portal_vouches_for_its_own_signer(desk: tuple[Services, AskedJobs]) -> None:
    services, _ = desk
    signer = make_signer(services, purpose=LinkPurpose.PORTAL, needs_code=True)
    sign(services, signer.caller, signer.submission())
    assert signer.row.identified_by == "portal"


def test_a_name_that_cannot_be_written_is_refused_before_it_is_sealed(
    desk: tuple[Services, AskedJobs],
) -> None:
    services, _ = desk
    signer = make_signer(services)
    odd = SignatureImage(way=SignatureWay.TYPED, text="漢字", hand="lively")
    with pytest.raises(BadInput):
        sign(services, signer.caller, signer.submission(signature=odd))


def test_a_picture_nobody_brought_is_refused(desk: tuple[Services, AskedJobs]) -> None:
    services, _ = desk
    signer = make_signer(services)
    named = SignatureImage(way=SignatureWay.PICTURE, picture="ab" * 32)
    with pytest.raises(BadInput):
        sign(services, signer.caller, signer.submission(signature=named))


def test_initials_follow_a_typed_name(desk: tuple[Services, AskedJobs]) -> None:
    services, _ = desk
    signer = make_signer(services)
    field_id = signer.add_field("initials")
    sign(services, signer.caller, signer.submission())
    image = next(f for f in signer.fields if f.id == field_id).image
    assert image is not None
    assert (image["text"], image["hand"]) == ("JE", TYPED.hand)


def test_the_drawn_stamp_becomes_a_picture_of_the_company(
    desk: tuple[Services, AskedJobs],
) -> None:
    services, _ = desk
    signer = make_signer(services)
    field_id = signer.add_field("stamp")
    sign(services, signer.caller, signer.submission(uses_drawn_stamp=True))
    image = next(f for f in signer.fields if f.id == field_id).image
    assert image is not None
    assert services.files.get(str(image["picture"])).startswith(b"\x89PNG")


def test_of_two_who_may_sign_together_both_do(desk: tuple[Services, AskedJobs]) -> None:
    services, jobs = desk
    signers = make_signers(services, parties=("client", "client2"))
    together(services, signers["client"].envelope_id)
    with ThreadPoolExecutor(2) as pool:
        made = [
            pool.submit(sign, services, signer.caller, signer.submission())
            for signer in signers.values()
        ]
        for one in made:
            one.result()
    assert signers["client"].envelope.status == "signed"
    assert jobs.flows().count("finish") == 1


def together(services: Services, envelope_id: str) -> None:
    """Let all recipients of the envelope sign in parallel."""
    with services.database.transaction() as session:
        for person in envelopes.recipients(session, envelope_id):
            person.order = 1


def test_signing_against_voiding_has_exactly_one_outcome(
    desk: tuple[Services, AskedJobs],
) -> None:
    from app.actions.void import void

    services, _ = desk
    for _ in range(5):
        signer = make_signer(services)
        submission, caller = signer.submission(), signer.caller
        with ThreadPoolExecutor(2) as pool:
            signing = pool.submit(sign, services, caller, submission)
            voiding = pool.submit(
                void, services, signer.envelope_id, actor="portal_user:1", reason=""
            )
        outcomes = [one.exception() is None for one in (signing, voiding)]
        assert sorted(outcomes) == [False, True]
        assert signer.envelope.status == ("signed" if outcomes[0] else "voided")


def test_no_signature_is_kept_when_anything_is_refused(desk: tuple[Services, AskedJobs]) -> None:
    services, _ = desk
    signer = make_signer(services)
    signer.add_field("checkbox")
    with pytest.raises(BadInput):
        sign(services, signer.caller, signer.submission())
    assert [row.image for row in signer.fields] == [None, None]

    def check(envelope: Envelope, me: Recipient) -> None:
        assert envelope.status == "sent"
        assert me.signed_at is None

    signer.change(check)
