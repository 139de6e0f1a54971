"""Whatever was changed after sealing is refused: flips, cuts, additions, and the published attacks."""

from __future__ import annotations

import asyncio
import hashlib
import io
import random
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, Signer, sign_pdf
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject
from sealing_kit import Office, gap_of, make_finished, make_pdf, open_office

from app.sealing import container
from app.sealing.report import ALL_REASONS, Verdict
from app.sealing.verify import LARGEST_BYTES


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return open_office(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Bears the same name, and made everything for itself in the same way."""
    return open_office(tmp_path_factory.mktemp("stranger"))


@pytest.fixture(scope="module")
def sealed(office: Office) -> bytes:
    return office.seal(make_finished())


@pytest.fixture(autouse=True)
def as_in_production() -> Iterator[None]:
    """Warnings must not do the refusing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def test_every_changed_digit_of_the_container_is_refused(office: Office, sealed: bytes) -> None:
    start, end = gap_of(sealed)
    used = len(sealed[start:end].rstrip(b">").rstrip(b"0"))
    verdicts: Counter[Verdict] = Counter()
    for at in range(start, start + used + 32):
        old = sealed[at : at + 1]
        digit = b"%X" % (int(old, 16) ^ (at * 7 % 15 + 1)) if old != b"<" else b"("
        changed = sealed[:at] + digit + sealed[at + 1 :]
        verdicts[office.judge(changed).verdict] += 1
    assert verdicts[Verdict.VALID] == 0
    assert verdicts.total() == used + 32


def test_every_other_way_to_write_the_container_is_refused(office: Office, sealed: bytes) -> None:
    start, end = gap_of(sealed)
    digits = sealed[start + 1 : end - 1]
    others = [
        digits.lower(),
        digits[:-1] + b"1",
        digits[:-2] + b"FF",
        b" " + digits[1:],
        digits[:-1] + b"\n",
        digits[:-2] + b"00".translate(bytes.maketrans(b"0", b"o")),
        digits[:-2] + b"> ",
    ]
    for other in others:
        assert other != digits
        report = office.judge(_with_container(sealed, other))
        assert [one.code for one in report.reasons] == ["container_form"]


def test_a_sample_of_flipped_bits_anywhere_is_refused(office: Office, sealed: bytes) -> None:
    chance = random.Random(8)
    for _ in range(1500):
        at = chance.randrange(len(sealed))
        changed = bytearray(sealed)
        changed[at] ^= 1 << chance.randrange(8)
        assert not office.judge(bytes(changed)).is_valid, at


def test_every_byte_of_the_signature_dictionary_and_the_tail_counts(
    office: Office, sealed: bytes
) -> None:
    start, end = gap_of(sealed)
    near = [
        *range(start - 300, start),
        *range(end, end + 120),
        *range(len(sealed) - 200, len(sealed)),
    ]
    for at in near:
        changed = bytearray(sealed)
        changed[at] ^= 0x01
        assert not office.judge(bytes(changed)).is_valid, at


def test_truncations_are_refused(office: Office, sealed: bytes) -> None:
    cuts = [*range(len(sealed) - 40, len(sealed)), *range(0, len(sealed), 997)]
    assert not any(office.judge(sealed[:cut]).is_valid for cut in cuts)


@pytest.mark.parametrize("tail", [b"\n", b"\0", b" ", b"%%EOF\n", b"%PDF-1.7", b"x" * 5000])
def test_anything_appended_is_refused(office: Office, sealed: bytes, tail: bytes) -> None:
    assert [one.code for one in office.judge(sealed + tail).reasons] == ["not_whole_file"]
    assert not office.judge(tail + sealed).is_valid


def test_an_incremental_update_that_replaces_content_is_refused(
    office: Office, sealed: bytes
) -> None:
    """The shadow attack: what was hidden before sealing is put over what was seen."""

    def overlay(writer: IncrementalPdfFileWriter) -> None:
        page, _ = writer.find_page_for_modification(0)
        stream = generic.StreamObject(stream_data=b"1 0 0 rg 0 0 600 800 re f")
        page.get_object()["/Contents"] = writer.add_object(stream)
        writer.update_container(page.get_object())

    _assert_refused(office, _updated(sealed, overlay))


def test_an_evil_annotation_is_refused(office: Office, sealed: bytes) -> None:
    def annotate(writer: IncrementalPdfFileWriter) -> None:
        note = generic.DictionaryObject(
            {
                generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
                generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
                generic.pdf_name("/Rect"): generic.ArrayObject(
                    [generic.NumberObject(n) for n in (50, 50, 300, 90)]
                ),
                generic.pdf_name("/Contents"): generic.pdf_string("Price: 1"),
            }
        )
        page, _ = writer.find_page_for_modification(0)
        page.get_object()["/Annots"] = generic.ArrayObject([writer.add_object(note)])
        writer.update_container(page.get_object())

    _assert_refused(office, _updated(sealed, annotate))


def test_a_second_signature_is_refused_even_by_our_own_key(
    office: Office, stranger: Office, sealed: bytes
) -> None:
    for signer in (office.key.signer, stranger.key.signer):
        twice = _signed_once_more(sealed, signer)
        assert twice.startswith(sealed)
        assert [one.code for one in office.judge(twice).reasons] == ["several_seals"]


@pytest.mark.parametrize(
    "forged",
    [
        b"/ByteRange null",
        b"/ByteRange []",
        b"/ByteRange [0 0 0 0]",
        b"/ByteRange [0 100]",
        b"/ByteRange [0 -1 99999999 -5]",
        b"/ByteRange [0 9999999999 9999999999 0]",
        b"/Bytexange",
        b"/ByteRange [0 1 3 a]",
    ],
)
def test_universal_signature_forgery_by_the_byte_range_is_refused(
    office: Office, sealed: bytes, forged: bytes
) -> None:
    found = re.search(rb"/ByteRange\s*\[[^\]]*\]", sealed)
    assert found is not None
    for padded in (forged.ljust(len(found[0])), forged):
        assert not office.judge(sealed.replace(found[0], padded)).is_valid


@pytest.mark.parametrize(
    "forged", [b"<>", b"<00>", b"null", b"", b"<30800000>", b"<" + b"0" * 40000 + b">"]
)
def test_universal_signature_forgery_by_the_contents_is_refused(
    office: Office, sealed: bytes, forged: bytes
) -> None:
    start, end = gap_of(sealed)
    assert not office.judge(sealed[:start] + forged + sealed[end:]).is_valid


def test_incremental_saving_without_a_cross_reference_is_refused(
    office: Office, sealed: bytes
) -> None:
    evil = b"\n3 0 obj\n<< /Type /Page >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
    copied = re.search(rb"/ByteRange\s*\[[^\]]*\]", sealed)
    assert copied is not None
    for attack in (evil, b"\n99 0 obj\n<<" + copied[0] + b">>\nendobj" + evil):
        _assert_refused(office, sealed + attack)


def test_signature_wrapping_is_refused(office: Office, sealed: bytes) -> None:
    """The second signed part is moved away, and other objects are put where it was."""
    start, end = gap_of(sealed)
    evil = b"\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
    moved = sealed[:end] + evil + sealed[end:]
    assert not office.judge(moved).is_valid
    old = re.search(rb"/ByteRange\s*\[[^\]]*\]", sealed)
    assert old is not None
    rest = len(sealed) - end
    fresh = b"/ByteRange [0 %d %d %d]" % (start, end + len(evil), rest)
    wrapped = moved.replace(old[0], fresh.ljust(len(old[0])))
    assert not office.judge(wrapped).is_valid
    inside_gap = sealed[: end - 1] + b"> " + old[0] + b" /X <" + sealed[end - 1 :]
    assert not office.judge(inside_gap).is_valid


def test_a_strangers_seal_under_our_name_is_not_called_valid(
    office: Office, stranger: Office
) -> None:
    assert stranger.key.holder == office.key.holder
    forged = stranger.seal(make_finished())
    assert stranger.judge(forged).is_valid
    report = office.judge(forged)
    assert report.verdict is Verdict.UNKNOWN_ISSUER and not report.is_valid
    assert report.trail is None


def test_our_seal_with_a_strangers_time_is_not_called_valid(
    office: Office, stranger: Office
) -> None:
    report = office.judge(office.seal(make_finished(), timestamper=stranger.timestamper))
    assert report.verdict is Verdict.UNKNOWN_ISSUER
    assert [one.code for one in report.reasons] == ["time_issuer_unknown"]
    assert report.sealed_at is None


def test_the_container_of_another_document_does_not_fit(office: Office, sealed: bytes) -> None:
    other = office.seal(make_finished(3))
    start, end = gap_of(other)
    moved = _with_container(sealed, other[start + 1 : end - 1])
    assert office.judge(moved).reasons[0].code in ("content_changed", "not_whole_file")


def test_a_seal_without_its_time_stamp_or_with_anothers_is_refused(
    office: Office, sealed: bytes
) -> None:
    parts = _parts(sealed)
    foreign = _parts(office.seal(make_finished(1))).token
    for token in (None, foreign, b"", container.tlv(container.SEQUENCE, b"")):
        changed = container.build(replace(parts, token=token))
        report = office.judge(_with_container(sealed, changed.hex().upper().encode()))
        assert [one.code for one in report.reasons] == ["time_wrong"]


def test_the_mathematical_twin_of_the_signature_is_refused(office: Office, sealed: bytes) -> None:
    """(r, n - s) fits the same key and content: another file that would pass as the original."""
    parts = _parts(sealed)
    key = parts.signer.public_key()
    r, s = decode_dss_signature(parts.signature)
    twin = replace(parts, signature=encode_dss_signature(r, key.curve.group_order - s))
    twin.check_signature()
    changed = container.build(twin)
    report = office.judge(_with_container(sealed, changed.hex().upper().encode()))
    assert [one.code for one in report.reasons] == ["signature_wrong"]


def test_a_container_with_one_certificate_too_many_is_refused(
    office: Office, stranger: Office, sealed: bytes
) -> None:
    parts = _parts(sealed)
    for extra in (stranger.key.chain[-1], parts.certificates[-1]):
        changed = container.build(replace(parts, certificates=(*parts.certificates, extra)))
        report = office.judge(_with_container(sealed, changed.hex().upper().encode()))
        assert [one.code for one in report.reasons] == ["certificate_wrong"]


def test_a_container_made_to_keep_us_busy_is_refused(office: Office, sealed: bytes) -> None:
    start, end = gap_of(sealed)
    room = (end - start - 2) // 2
    deep = b""
    while len(deep) < room - 8:
        deep = container.tlv(container.SEQUENCE, deep)
    wide = container.tlv(container.SEQUENCE, b"\x05\x00" * (room // 2 - 4))
    many = container.build(replace(_parts(sealed), certificates=_parts(sealed).certificates * 5))
    for busy in (deep, wide, many[:room]):
        report = office.judge(_with_container(sealed, busy.hex().upper().encode()))
        assert [one.code for one in report.reasons] == ["container_form"]


def test_an_unsealed_pdf_is_said_to_be_unsealed(office: Office) -> None:
    report = office.judge(make_pdf())
    assert report.verdict is Verdict.NOT_SEALED
    assert [one.code for one in report.reasons] == ["no_seal"]


@pytest.mark.parametrize(
    "junk", [b"", b"\0" * 1000, b"%PDF", b"/ByteRange", b"/ByteRange [0 1 2 3]", b"<" * 9999]
)
def test_rubbish_gets_a_verdict_not_a_traceback(office: Office, junk: bytes) -> None:
    assert not office.judge(junk).is_valid


def test_a_pdf_signed_by_common_software_is_not_called_ours(office: Office) -> None:
    signed = _force_sign(make_pdf(), office.key.signer)
    assert office.judge(signed).verdict is Verdict.INVALID


@pytest.mark.parametrize("lax", [MDPPerm.FILL_FORMS, MDPPerm.ANNOTATE, None])
def test_our_own_key_over_a_file_that_allows_changes_is_refused(
    office: Office, lax: MDPPerm | None
) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(make_finished()), strict=False)
    filling = PdfCMSEmbedder(new_field_spec=SigFieldSpec("Seal", on_page=0)).write_cms(
        "Seal", writer
    )
    next(filling)
    placeholder = SignatureObject(subfilter=SigSeedSubFilter.PADES, bytes_reserved=16384)
    mdp = SigMDPSetup(md_algorithm="sha256", certify=True, docmdp_perms=lax) if lax else None
    filling.send(SigObjSetup(sig_placeholder=placeholder, mdp_setup=mdp))
    prepared, output = filling.send(SigIOSetup(md_algorithm="sha256"))
    filling.send(_contained(office, prepared.document_digest, office.key.chain[0]))
    assert [one.code for one in office.judge(output.getvalue()).reasons] == ["structure"]


def test_a_signature_that_names_another_certificate_is_refused(
    office: Office, stranger: Office, sealed: bytes
) -> None:
    start, end = gap_of(sealed)
    digest = hashlib.sha256(sealed[:start] + sealed[end:]).digest()
    own, foreign = (_contained(office, digest, one.key.chain[0]) for one in (office, stranger))
    assert office.judge(_with_container(sealed, own.hex().upper().encode())).is_valid
    assert not office.judge(_with_container(sealed, foreign.hex().upper().encode())).is_valid


def test_what_is_too_large_is_not_read(office: Office) -> None:
    report = office.judge(b"%PDF-" + b"/ByteRange" + bytes(LARGEST_BYTES))
    assert [one.code for one in report.reasons] == ["too_large"]


def test_every_reason_has_its_own_code_and_sentence() -> None:
    assert len({one.code for one in ALL_REASONS}) == len(ALL_REASONS)
    assert len({one.sentence for one in ALL_REASONS}) == len(ALL_REASONS)


def _parts(sealed: bytes) -> container.Container:
    start, end = gap_of(sealed)
    digits = bytes.fromhex(sealed[start + 1 : end - 1].decode())
    return container.parse(container.first_element(digits).whole)


def _contained(office: Office, digest: bytes, named: bytes) -> bytes:
    """Return a container for a document of `digest`, made with the office's key, that names `named`."""
    key = office.key
    attributes = container.seal_attributes(digest, named)
    signed = key.signer.sign_raw(container.tlv(container.SET, attributes), "sha256")
    r, s = decode_dss_signature(signed)
    lower = min(s, key.certificate.public_key().curve.group_order - s)
    parts = container.Container(
        content_type=container.DATA,
        content=None,
        digest="sha256",
        attributes=attributes,
        signature=encode_dss_signature(r, lower),
        certificates=key.chain,
    )
    token = office.timestamper.token(hashlib.sha256(parts.signature).digest()).der
    return container.build(replace(parts, token=token))


def _with_container(sealed: bytes, digits: bytes) -> bytes:
    """Return `sealed` with other digits in its container, the same length as before."""
    start, end = gap_of(sealed)
    room = end - start - 2
    return sealed[: start + 1] + digits.ljust(room, b"0")[:room] + sealed[end - 1 :]


def _updated(sealed: bytes, change: object) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed), strict=False)
    assert callable(change)
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    assert out.getvalue().startswith(sealed)
    return out.getvalue()


def _force_sign(pdf: bytes, signer: Signer) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    meta = PdfSignatureMetadata(field_name="Second")
    return sign_pdf(writer, meta, signer=signer).getvalue()


def _signed_once_more(sealed: bytes, signer: Signer) -> bytes:
    """Sign on top as one does who does not care that the first seal forbids it."""
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed), strict=False)
    filling = PdfCMSEmbedder(new_field_spec=SigFieldSpec("Second", on_page=0)).write_cms(
        "Second", writer
    )
    next(filling)
    filling.send(SigObjSetup(sig_placeholder=SignatureObject(bytes_reserved=8192)))
    prepared, output = filling.send(SigIOSetup(md_algorithm="sha256"))
    signed = asyncio.run(signer.async_sign(prepared.document_digest, "sha256"))
    filling.send(signed)
    return output.getvalue()


def _assert_refused(office: Office, attacked: bytes) -> None:
    report = office.judge(attacked)
    assert report.verdict is Verdict.INVALID
    assert report.reasons[0].code in ("not_whole_file", "several_seals")
