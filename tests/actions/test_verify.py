"""Is this file an original: what the register says of a digest, and the whole check of whatever a file holds."""

from __future__ import annotations

import hashlib
import io
import json
import random
from typing import Any

import pikepdf
import pytest

from app.actions.verify import LARGEST_BYTES, check, look_up
from app.core.trail import summarise
from app.errors import BadInput, TooMany
from app.sealing import child
from app.sealing import report as said
from app.sealing.checks import CheckState, checks
from app.sealing.child import verify_apart
from app.sealing.report import SealReport, Verdict
from app.services import Services
from tests.tools.sealing_kit import NOW, Office, make_pdf, open_office
from tests.verify_kit import (
    HELENE,
    THOMAS,
    forget_all,
    list_sealed,
    make_sealed,
    make_trail_of,
    open_house,
    seal_with,
)


@pytest.fixture
def office(services: Services) -> Office:
    return open_house(services)


@pytest.fixture
def sealed(office: Office) -> bytes:
    return make_sealed(office)


def states(services: Services, pdf: bytes) -> list[str]:
    return [step.state.value for step in check(services, pdf).steps]


def test_the_register_knows_a_sealed_file_by_its_digest_and_tells_a_date_and_a_number(
    services: Services, sealed: bytes
) -> None:
    sha256 = list_sealed(services, sealed)
    entry = look_up(services, f" {sha256.upper()} ")
    assert entry is not None
    assert (entry.number, entry.sealed_at) == ("P-2026-000042", NOW)
    assert set(entry.__slots__) == {"number", "sealed_at"}


def test_what_is_signed_but_not_sealed_yet_is_not_in_the_register(
    services: Services, sealed: bytes
) -> None:
    assert look_up(services, list_sealed(services, sealed, status="signed")) is None


def test_a_document_without_a_seal_is_not_found_by_anything(services: Services) -> None:
    list_sealed(services, b"")
    forget_all(services)
    with pytest.raises(BadInput):
        look_up(services, "")
    assert look_up(services, hashlib.sha256(b"").hexdigest()) is None


@pytest.mark.parametrize("wrong", ["", "abc", "g" * 64, "a" * 65, "0" * 63 + "%"])
def test_what_is_no_digest_is_refused(services: Services, wrong: str) -> None:
    with pytest.raises(BadInput, match="64 digits"):
        look_up(services, wrong)


def test_an_original_passes_every_step_and_names_who_signed(
    services: Services, sealed: bytes
) -> None:
    list_sealed(services, sealed)
    finding = check(services, sealed)
    assert finding.report.verdict is Verdict.VALID
    assert finding.report.sealed_at == NOW
    assert finding.report.self_issued
    assert finding.entry is not None
    assert {step.state for step in finding.steps} == {CheckState.PASSED}
    assert [one.name for one in finding.trail.signers] == ["Hélène Marchetti", "Thomas Okonkwo"]
    assert finding.trail.signers[1].identified.startswith("Personal link sent to {address}")


def test_an_original_that_the_register_forgot_is_still_valid(
    services: Services, sealed: bytes
) -> None:
    finding = check(services, sealed)
    assert finding.report.verdict is Verdict.VALID
    assert finding.entry is None


def test_a_changed_file_stops_at_its_content_and_names_nobody(
    services: Services, sealed: bytes
) -> None:
    changed = bytearray(sealed)
    changed[len(sealed) // 3] ^= 1
    finding = check(services, bytes(changed))
    assert finding.report.reasons == (said.CONTENT_CHANGED,)
    assert finding.trail.signers == ()
    assert [step.state.value for step in finding.steps] == [
        "passed",
        "passed",
        "failed",
        *["not_reached"] * 5,
    ]


def test_a_strangers_seal_is_doubted_and_never_opened(services: Services, office: Office) -> None:
    stranger = open_office(services.settings.data / "stranger", name="Atelier Lumen")
    pdf = make_sealed(stranger)
    finding = check(services, pdf)
    assert finding.report.verdict is Verdict.UNKNOWN_ISSUER
    assert finding.trail.signers == ()
    assert states(services, pdf) == [*["passed"] * 4, *["doubted"] * 2, *["not_reached"] * 2]


def test_our_seal_with_a_strangers_time_is_not_accepted(services: Services, office: Office) -> None:
    stranger = open_office(services.settings.data / "stranger")
    pdf = make_sealed(Office(key=office.key, tsa=stranger.tsa))
    assert states(services, pdf) == [
        *["passed"] * 4,
        "doubted",
        "passed",
        *["not_reached"] * 2,
    ]


@pytest.mark.parametrize(
    ("pdf", "verdict"),
    [
        (b"\0", Verdict.NOT_SEALED),
        (b"PK\x03\x04" + b"\0" * 4000, Verdict.NOT_SEALED),
        (make_pdf(), Verdict.NOT_SEALED),
        (b"%PDF-1.7\n/ByteRange [0 1 2 3]", Verdict.INVALID),
        (b"%PDF-1.7\n" + b"/ByteRange " * 100_000, Verdict.INVALID),
        (b"%PDF-1.7\n/ByteRange [0 9999999999 9999999999 9999999999]", Verdict.INVALID),
        (b"%PDF-1.7\n/DocMDP" + b"[" * 2_000_000, Verdict.INVALID),
    ],
)
def test_garbage_gets_a_verdict(services: Services, pdf: bytes, verdict: Verdict) -> None:
    assert check(services, pdf).report.verdict is verdict


def test_a_cut_original_is_not_valid_wherever_it_was_cut(services: Services, sealed: bytes) -> None:
    for part in (0.1, 0.5, 0.9, 0.999):
        finding = check(services, sealed[: int(len(sealed) * part)])
        assert finding.report.verdict in (Verdict.INVALID, Verdict.NOT_SEALED)


def test_a_file_larger_than_any_sealed_one_is_refused_with_a_sentence(services: Services) -> None:
    with pytest.raises(BadInput, match="larger than 29 MB"):
        check(services, bytes(LARGEST_BYTES + 1))


def test_the_largest_original_is_judged_within_the_childs_memory(
    services: Services, office: Office
) -> None:
    heavy = io.BytesIO()
    with pikepdf.open(io.BytesIO(make_pdf())) as pdf:
        pdf.Root["/Heavy"] = pdf.make_stream(random.Random(1).randbytes(24 * 1024 * 1024))
        pdf.save(heavy, compress_streams=False)
    assert check(services, office.seal(heavy.getvalue())).report.verdict is Verdict.VALID


def test_a_check_that_dies_or_runs_out_proves_nothing(office: Office, sealed: bytes) -> None:
    report = verify_apart(
        sealed,
        trusted_roots=[office.key.trust_pem],
        tsa_roots=[office.tsa.root_pem],
        limits=(48 * 1024 * 1024, 1),
    )
    assert (report.verdict, report.reasons) == (Verdict.INVALID, (said.UNFINISHED,))
    assert report.file_sha256 == hashlib.sha256(sealed).hexdigest()


def test_an_unfinished_check_says_that_no_step_was_reached() -> None:
    report = SealReport(verdict=Verdict.INVALID, reasons=(said.UNFINISHED,), file_sha256="ab" * 32)
    assert {step.state for step in checks(report)} == {CheckState.NOT_REACHED}


def test_the_child_says_what_the_judge_says(office: Office, sealed: bytes) -> None:
    apart = verify_apart(
        sealed, trusted_roots=[office.key.trust_pem], tsa_roots=[office.tsa.root_pem]
    )
    assert apart == office.judge(sealed)


def test_when_all_turns_are_taken_the_next_is_asked_to_come_back(office: Office) -> None:
    with child._turn(0), child._turn(0), pytest.raises(TooMany):
        verify_apart(b"x", trusted_roots=[], tsa_roots=[], wait_s=0)


@pytest.mark.parametrize(
    "reason", [one for one in said.ALL_REASONS if one is not said.UNFINISHED], ids=lambda r: r.code
)
def test_every_reason_belongs_to_one_step(reason: said.Reason) -> None:
    report = SealReport(verdict=Verdict.INVALID, reasons=(reason,), file_sha256="ab" * 32)
    marked = [s for s in checks(report) if s.state in (CheckState.FAILED, CheckState.DOUBTED)]
    assert [step.sentence for step in marked] == [reason.sentence]


@pytest.mark.parametrize(
    "trail",
    [
        None,
        {},
        [],
        {"envelope": "P-1", "events": 7, "recipients": {"a": 1}},
        {"recipients": [1, None, {"name": 3}, {"name": "A", "signed_at": "yesterday"}]},
        {"recipients": [{"name": "A", "signed_at": "2026-11-24T09:00:00"}]},
        {"recipients": [{**HELENE, "name": ""}]},
    ],
)
def test_evidence_of_another_shape_names_nobody_and_breaks_nothing(trail: Any) -> None:
    assert summarise(trail).signers == ()


@pytest.mark.parametrize(
    ("channel", "how", "sentence"),
    [
        ("email", "link", "Personal link sent to {address}. No further check."),
        ("link", "link", "Personal link handed over by the sender. No further check."),
        ("email", "something new", ""),
    ],
)
def test_how_a_person_was_identified_is_told_as_weakly_as_it_was(
    channel: str, how: str, sentence: str
) -> None:
    person = {**THOMAS, "channel": channel, "identified_by": how}
    assert summarise({"recipients": [person]}).signers[0].identified == sentence


def test_a_sealed_file_with_evidence_of_another_shape_is_shown_all_the_same(
    services: Services, office: Office
) -> None:
    odd = json.loads(make_trail_of())
    pdf = seal_with(office, json.dumps({**odd, "recipients": "none"}).encode())
    finding = check(services, pdf)
    assert finding.report.verdict is Verdict.VALID
    assert finding.trail.signers == ()
