"""The one-file verifier: written apart from the product, it judges alike with nothing but Python."""

from __future__ import annotations

import importlib.util
import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from app.sealing.keys import load_pkcs12
from app.sealing.report import Verdict
from app.settings import ROOT
from emulator.tsa import Tsa
from tests.tools import authority
from tests.tools.sealing_kit import NOW, Office, gap_of, make_finished, open_office

FILE = ROOT / "tools" / "standalone" / "paraph-verify.py"
Judge = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def judge() -> Judge:
    spec = importlib.util.spec_from_file_location("paraph_verify", FILE)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made.judge  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return open_office(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="module")
def sealed(office: Office) -> bytes:
    return office.seal(make_finished(1))


@pytest.fixture(scope="module")
def roots(office: Office) -> tuple[list[bytes], list[bytes]]:
    own = office.key.chain[-1]
    return [own], [office.tsa.root.public_bytes(serialization.Encoding.DER)]


def test_a_sealed_file_is_valid_and_its_evidence_is_told(
    judge: Judge, sealed: bytes, roots: tuple[list[bytes], list[bytes]]
) -> None:
    report = judge(sealed, *roots)
    assert (report["verdict"], report["why"]) == ("valid", "")
    assert report["sealed_by"] == "Atelier Lumière SAS"
    assert report["trail"]["events"][0]["kind"] == "created"


def test_it_runs_alone_and_says_so_in_lines_json_and_pdf(
    tmp_path: Path, office: Office, sealed: bytes
) -> None:
    (tmp_path / "a.pdf").write_bytes(sealed)
    (tmp_path / "seal.pem").write_bytes(office.key.root_pem)
    (tmp_path / "tsa.pem").write_bytes(office.tsa.root_pem)
    trust = ["--roots", "seal.pem", "--tsa-roots", "tsa.pem"]
    plain = run(tmp_path, "a.pdf", *trust, "--pdf", "report.pdf")
    assert plain.returncode == 0
    assert plain.stdout.startswith("VALID")
    assert "Atelier Lumière SAS" in plain.stdout
    told = json.loads(run(tmp_path, "a.pdf", *trust, "--json").stdout)
    assert told["verdict"] == "valid"
    checked = subprocess.run(["qpdf", "--check", tmp_path / "report.pdf"], check=False)
    assert checked.returncode == 0
    assert run(tmp_path, "a.pdf").returncode == 1
    assert run(tmp_path, "missing.pdf").returncode == 2


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the file with an interpreter that sees no installed package at all."""
    return subprocess.run(
        [sys.executable, "-I", "-S", str(FILE), *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C.UTF-8"},
    )


def test_it_refuses_what_the_product_refuses(
    judge: Judge, office: Office, sealed: bytes, roots: tuple[list[bytes], list[bytes]]
) -> None:
    for changed in changes(sealed):
        assert judge(changed, *roots)["verdict"] != "valid"
        assert office.judge(changed).verdict is not Verdict.VALID


def changes(sealed: bytes) -> Iterator[bytes]:
    """Yield copies with one change: bits flipped everywhere, most of them in the container, cuts, additions."""
    dice = random.Random(8)
    start, end = gap_of(sealed)
    inside = [dice.randrange(start, end) for _ in range(250)]
    for place in [dice.randrange(len(sealed)) for _ in range(40)] + inside:
        flipped = bytearray(sealed)
        flipped[place] ^= 1 << dice.randrange(8)
        yield bytes(flipped)
    yield sealed + b"\n"
    yield sealed[:-1]
    yield sealed + sealed[-400:]


def test_whoever_is_not_trusted_is_never_accepted(
    judge: Judge, sealed: bytes, roots: tuple[list[bytes], list[bytes]]
) -> None:
    assert judge(sealed, roots[1], roots[1])["verdict"] == "unknown_issuer"
    assert judge(sealed, roots[0], roots[0])["verdict"] == "unknown_issuer"
    assert judge(sealed, [], [])["verdict"] == "unknown_issuer"


@pytest.mark.parametrize("kind", ["P-384", "RSA"])
def test_keys_that_a_company_brings_are_understood(judge: Judge, kind: str) -> None:
    made = {
        "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "RSA": lambda: rsa.generate_private_key(65537, 2048),
    }[kind]
    with authority.running(NOW) as ca:
        stamps = ec.generate_private_key(ec.SECP256R1())
        own = ca.issue("Example time stamps", stamps, purpose="time")
        key = load_pkcs12(ca.pkcs12("Atelier Lumen", "x", key=made()), password="x")
        tsa = Tsa(key=stamps, certificate=own, root_key=ca.key, root=ca.root, clock=lambda: NOW)
        sealed = Office(key=key, tsa=tsa).seal(make_finished(1))
        root = ca.root.public_bytes(serialization.Encoding.DER)
    assert judge(sealed, [key.chain[0]], [root])["verdict"] == "valid"


@pytest.mark.parametrize("rubbish", [b"", b"%PDF-1.7", b"\xff" * 99, b"/ByteRange [0 5 9 9]"])
def test_rubbish_is_judged_and_raises_nothing(judge: Judge, rubbish: bytes) -> None:
    assert judge(rubbish, [], [])["verdict"] == "invalid"
