"""The seal: one certifying PAdES signature with a time stamp, over everything, accepted by other judges."""

from __future__ import annotations

import asyncio
import io
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from sealing_kit import (
    NOW,
    Office,
    gap_of,
    make_evidence,
    make_finished,
    make_pdf,
    make_trail,
    open_office,
)

from app.documents import attach
from app.errors import SealFailed, TimestampUnavailable
from app.sealing import inside
from app.sealing.report import Verdict
from app.sealing.timestamps import Timestamper
from app.sealing.verify import verify


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return open_office(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="module")
def sealed(office: Office) -> bytes:
    return office.seal(make_finished())


def test_a_sealed_document_is_valid_and_says_who_and_when(office: Office, sealed: bytes) -> None:
    report = office.judge(sealed)
    assert report.verdict is Verdict.VALID and report.reasons == ()
    assert report.sealed_by == "Atelier Lumière SAS"
    assert report.sealed_at == NOW
    assert report.level == "PAdES B-T" and report.covers_whole_file and report.self_issued
    assert "demonstration" in report.authority


def test_the_attached_trail_comes_back_with_its_head(office: Office, sealed: bytes) -> None:
    report = office.judge(sealed)
    data = make_evidence()
    assert report.trail is not None
    assert report.trail["envelope"] == data.number
    assert len(report.trail["events"]) == len(data.events)
    assert report.trail_head == data.head


def test_sealing_appends_and_leaves_the_earlier_bytes_as_they_are(office: Office) -> None:
    finished = make_finished()
    assert office.seal(finished).startswith(finished)


def test_the_seal_is_certified_so_that_nothing_may_change(sealed: bytes) -> None:
    with pikepdf.open(io.BytesIO(sealed)) as pdf:
        signature = pdf.Root.Perms.DocMDP
        assert signature.SubFilter == "/ETSI.CAdES.detached"
        assert signature.Reference[0].TransformParams.P == 1
        assert signature.Reason == "Sealed"


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler-utils is not installed")
def test_poppler_calls_the_signature_valid_over_the_whole_document(
    sealed: bytes, tmp_path: Path
) -> None:
    said = _run("pdfsig", sealed, tmp_path)
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert "Certificate issuer isn't Trusted." in said
    assert said.count("Signature #") == 1


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
def test_qpdf_finds_no_fault_in_the_sealed_file(sealed: bytes, tmp_path: Path) -> None:
    assert "No syntax or stream encoding errors found" in _run("qpdf", sealed, tmp_path, "--check")


def test_pyhankos_validator_agrees_with_our_judge(office: Office, sealed: bytes) -> None:
    roots = [office.key.root_pem, office.tsa.root_pem]
    context = ValidationContext(
        trust_roots=[x509.Certificate.load(pem.unarmor(one)[2]) for one in roots],
        moment=NOW,
        allow_fetching=False,
    )
    (signature,) = PdfFileReader(io.BytesIO(sealed), strict=True).embedded_signatures
    status = asyncio.run(
        async_validate_pdf_signature(
            signature, signer_validation_context=context, ts_validation_context=context
        )
    )
    assert status.bottom_line and status.intact and status.trusted
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    assert status.docmdp_ok and signature.docmdp_level is MDPPerm.NO_CHANGES
    assert status.timestamp_validity.trusted and status.timestamp_validity.timestamp == NOW


def test_without_an_answering_authority_nothing_is_sealed(office: Office) -> None:
    def refuse(_url: str, _body: bytes) -> bytes:
        raise ConnectionError

    with pytest.raises(TimestampUnavailable) as caught:
        office.seal(make_pdf(), timestamper=Timestamper(["https://tsa.example.org/"], post=refuse))
    assert caught.value.retryable
    with pytest.raises(TimestampUnavailable):
        office.seal(make_pdf(), timestamper=Timestamper([]))


def test_a_clock_wrong_by_more_than_a_minute_refuses_to_seal(office: Office) -> None:
    for wrong in (NOW + timedelta(seconds=75), NOW - timedelta(seconds=75)):
        with pytest.raises(SealFailed, match="clock"):
            office.seal(make_pdf(), now=wrong)
    assert office.seal(make_pdf(), now=NOW + timedelta(seconds=40))


def test_a_document_that_carries_a_signature_is_not_sealed_again(
    office: Office, sealed: bytes
) -> None:
    with pytest.raises(SealFailed, match="already"):
        office.seal(sealed)


@pytest.mark.parametrize("junk", [b"", b"not a pdf", b"%PDF-1.7\n%%EOF", make_pdf()[:400]])
def test_what_is_no_whole_pdf_fails_to_seal_with_our_error(office: Office, junk: bytes) -> None:
    with pytest.raises(SealFailed):
        office.seal(junk)


def test_a_token_larger_than_the_room_kept_is_given_more_room(office: Office) -> None:
    timestamper = office.timestamper
    timestamper.room = 16
    tight = office.seal(make_pdf(), timestamper=timestamper)
    assert office.judge(tight).is_valid
    assert timestamper.room > 1000


def test_nobody_is_trusted_unless_the_caller_says_so(office: Office, sealed: bytes) -> None:
    report = verify(sealed, trusted_roots=[], tsa_roots=[])
    assert report.verdict is Verdict.UNKNOWN_ISSUER and not report.is_valid
    assert [reason.code for reason in report.reasons] == ["issuer_unknown", "time_issuer_unknown"]
    assert report.trail is None and report.sealed_at is None


def test_each_kind_of_root_is_trusted_for_its_own_work_only(office: Office, sealed: bytes) -> None:
    swapped = verify(sealed, trusted_roots=[office.tsa.root_pem], tsa_roots=[office.key.root_pem])
    assert swapped.verdict is Verdict.UNKNOWN_ISSUER


def test_a_broken_event_chain_inside_a_sealed_file_is_found(office: Office) -> None:
    data = make_evidence()
    broken = make_trail(data).replace(b"viewed", b"signed", 1)
    pdf = attach.append_and_attach(make_pdf(), make_pdf(1), broken, id_line="", lang="en")
    report = office.judge(office.seal(pdf))
    assert [reason.code for reason in report.reasons] == ["trail_broken"]


def test_a_head_that_is_not_the_last_event_is_found(office: Office) -> None:
    data = replace(make_evidence(), head="0" * 64)
    pdf = attach.append_and_attach(make_pdf(), make_pdf(1), make_trail(data), id_line="", lang="en")
    assert office.judge(office.seal(pdf)).reasons[0].code == "trail_broken"


def test_both_rooms_know_the_trail_by_one_name() -> None:
    assert attach.TRAIL_NAME == inside.TRAIL_NAME


def test_the_container_is_the_only_part_outside_the_seal(sealed: bytes) -> None:
    start, end = gap_of(sealed)
    assert sealed[start - 10 : start + 1] == b"/Contents <"
    assert sealed[end - 1 : end] == b">"


def _run(tool: str, pdf: bytes, folder: Path, *options: str) -> str:
    file = folder / "sealed.pdf"
    file.write_bytes(pdf)
    command = [shutil.which(tool) or tool, *options, str(file)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
