"""Validation data: with an authority that says whether a key is revoked, seals can be judged when it is gone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.errors import SealFailed, TimestampUnavailable
from app.sealing.keys import SealingKey, load_pkcs12
from app.sealing.report import SealReport, Verdict
from app.sealing.seal import seal
from app.sealing.timestamps import Timestamper
from app.sealing.verify import verify
from emulator.tsa import Tsa
from tests.tools import authority
from tests.tools.authority import Authority
from tests.tools.sealing_kit import NOW, make_finished

PEM = serialization.Encoding.PEM


@dataclass
class Company:
    """A company whose key and time stamps come from one authority."""

    ca: Authority
    key: SealingKey
    tsa: Tsa

    def seal(self, **more: str) -> bytes:
        stamper = Timestamper(
            ["https://t.example/"], post=lambda _url, body: self.tsa.respond(body)
        )
        return seal(
            make_finished(1), key=self.key, timestamper=stamper, reason="x", now=NOW, **more
        )  # type: ignore[arg-type]

    def judge(self, pdf: bytes) -> SealReport:
        roots = [self.ca.root.public_bytes(PEM)]
        return verify(pdf, trusted_roots=[self.key.trust_pem], tsa_roots=roots)


@pytest.fixture(scope="module")
def services() -> Iterator[Authority]:
    with authority.running(NOW) as ca:
        yield ca


@pytest.fixture
def ca(services: Authority) -> Authority:
    services.is_away, services.asked = False, 0
    services.revoked.clear()
    return services


def company(ca: Authority, *, key: str = "ocsp", time: str = "crl") -> Company:
    stamps = ec.generate_private_key(ec.SECP256R1())
    own = ca.issue("Example time stamps", stamps, purpose="time", services=time)
    return Company(
        ca=ca,
        key=load_pkcs12(ca.pkcs12("Atelier Lumen", "secret", services=key), password="secret"),
        tsa=Tsa(key=stamps, certificate=own, root_key=ca.key, root=ca.root, clock=lambda: NOW),
    )


def test_validation_data_lies_under_the_one_seal(ca: Authority, tmp_path: Path) -> None:
    made = company(ca)
    sealed = made.seal()
    report = made.judge(sealed)
    assert (report.verdict, report.level) == (Verdict.VALID, "PAdES B-LT")
    assert sealed.count(b"/ByteRange") == 1
    path = tmp_path / "sealed.pdf"
    path.write_bytes(sealed)
    with pikepdf.open(path) as opened:
        assert len(list(opened.Root.DSS.OCSPs)) == 1
        assert len(list(opened.Root.DSS.CRLs)) == 1
    told = subprocess.run(["pdfsig", path], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in told
    assert "Total document signed" in told


def test_the_proof_needs_nobody_afterwards(ca: Authority) -> None:
    made = company(ca)
    sealed = made.seal()
    ca.is_away = True
    ca.revoked.add(made.key.certificate.serial_number)
    asked = ca.asked
    assert made.judge(sealed).level == "PAdES B-LT"
    assert ca.asked == asked


@pytest.mark.parametrize(("key", "time"), [("", "ocsp"), ("ocsp", ""), ("crl", "")])
def test_without_data_for_every_certificate_the_level_says_so(
    ca: Authority, key: str, time: str
) -> None:
    made = company(ca, key=key, time=time)
    report = made.judge(made.seal())
    assert (report.verdict, report.level) == (Verdict.VALID, "PAdES B-T")


def test_services_that_are_away_cost_the_level_or_are_waited_for(ca: Authority) -> None:
    made = company(ca)
    ca.is_away = True
    assert made.judge(made.seal(level="auto")).level == "PAdES B-T"
    with pytest.raises(TimestampUnavailable):
        made.seal(level="B-LT")


def test_nobody_is_asked_when_the_level_is_b_t(ca: Authority) -> None:
    made = company(ca)
    assert made.judge(made.seal(level="B-T")).level == "PAdES B-T"
    assert ca.asked == 0


def test_a_revoked_key_seals_nothing(ca: Authority) -> None:
    made = company(ca)
    ca.revoked.add(made.key.certificate.serial_number)
    with pytest.raises(SealFailed, match="revoked"):
        made.seal()


def test_an_answer_signed_by_a_stranger_is_no_validation_data(ca: Authority) -> None:
    made = company(ca)
    stranger, own = ec.generate_private_key(ec.SECP256R1()), ca.key
    ca.key = stranger
    try:
        sealed = made.seal()
    finally:
        ca.key = own
    assert made.judge(sealed).level == "PAdES B-T"


TEN_YEARS_ON = """
import datetime, sys, time
from pathlib import Path
here, years = time.time, 10 * 366 * 86_400
class Later(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) + datetime.timedelta(seconds=years)
datetime.datetime, time.time = Later, lambda: here() + years
from app.sealing.verify import verify
pdf, root = (Path(one).read_bytes() for one in sys.argv[1:])
report = verify(pdf, trusted_roots=[root], tsa_roots=[root])
print(Later.now().year - 2026 > 9, report.verdict.value, report.level)
"""


def test_ten_years_on_the_judgement_is_the_same(ca: Authority, tmp_path: Path) -> None:
    made = company(ca)
    (tmp_path / "sealed.pdf").write_bytes(made.seal())
    (tmp_path / "root.pem").write_bytes(ca.root.public_bytes(serialization.Encoding.PEM))
    ca.is_away = True
    done = subprocess.run(
        [sys.executable, "-c", TEN_YEARS_ON, tmp_path / "sealed.pdf", tmp_path / "root.pem"],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "True valid PAdES B-LT", done.stderr
