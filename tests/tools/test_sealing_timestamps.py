"""Time stamps: asked over HTTP, several authorities in turn, every answer checked, never local time."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from asn1crypto import cms, tsp
from cryptography.hazmat.primitives.serialization import Encoding

from app.errors import TimestampUnavailable
from app.sealing import container
from app.sealing.container import Malformed
from app.sealing.timestamps import Timestamper, read_token
from emulator.tsa import Tsa, create_tsa

NOW = datetime(2026, 11, 25, 8, 30, 12, 345000, tzinfo=UTC)
DIGEST = hashlib.sha256(b"a signature").digest()
Answer = Callable[[bytes], tuple[int, bytes]]


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Tsa:
    return create_tsa(tmp_path_factory.mktemp("tsa"), clock=lambda: NOW)


def test_a_token_proves_the_authoritys_time_to_the_millisecond(tsa: Tsa) -> None:
    token = _asking(tsa).token(DIGEST).der
    stamp = read_token(token, DIGEST, roots=[_root(tsa)])
    assert stamp.at == NOW and stamp.trusted
    assert not read_token(token, DIGEST, roots=[]).trusted


def test_a_token_of_something_else_proves_nothing(tsa: Tsa) -> None:
    with pytest.raises(Malformed):
        read_token(_asking(tsa).token(DIGEST).der, hashlib.sha256(b"other").digest(), roots=[])


def test_over_http_the_first_authority_that_answers_is_taken(tsa: Tsa) -> None:
    with (
        _serving(lambda _body: (503, b"")) as sick,
        _serving(lambda b: (200, tsa.respond(b))) as well,
    ):
        token = Timestamper([sick, well]).token(DIGEST).der
    assert read_token(token, DIGEST, roots=[_root(tsa)]).trusted


@pytest.mark.parametrize(
    "answer",
    [
        (200, b""),
        (200, b"<html>busy</html>"),
        (404, b"not here"),
        (302, b""),
        (200, b"\x30" + bytes(70_000)),
    ],
)
def test_whatever_else_is_answered_we_wait_and_use_no_local_time(answer: tuple[int, bytes]) -> None:
    with _serving(lambda _body: answer) as address, pytest.raises(TimestampUnavailable) as caught:
        Timestamper([address], timeout_s=2).token(DIGEST)
    assert caught.value.retryable
    assert "127.0.0.1" in str(caught.value)


def test_nothing_listening_is_an_authority_that_is_away() -> None:
    with pytest.raises(TimestampUnavailable):
        Timestamper(["http://127.0.0.1:9/"], timeout_s=1).token(DIGEST)


def test_an_old_answer_played_again_is_refused(tsa: Tsa) -> None:
    kept: list[bytes] = []

    def replay(_url: str, body: bytes) -> bytes:
        kept.append(tsa.respond(body))
        return kept[0]

    timestamper = Timestamper(["https://tsa.example.org/"], post=replay)
    timestamper.token(DIGEST)
    with pytest.raises(TimestampUnavailable):
        timestamper.token(DIGEST)


def test_a_refusal_in_the_protocols_own_words_is_no_token(tsa: Tsa) -> None:
    refusing = Timestamper(["https://tsa.example.org/"], post=lambda _url, _body: tsa.respond(b"?"))
    with pytest.raises(TimestampUnavailable):
        refusing.token(DIGEST)


def test_a_token_is_kept_with_what_its_proof_needs_and_nothing_else(tsa: Tsa) -> None:
    def chatty(_url: str, body: bytes) -> bytes:
        answer = tsp.TimeStampResp.load(tsa.respond(body))
        signed = answer["time_stamp_token"]["content"]
        signed["signer_infos"][0]["unsigned_attrs"] = cms.CMSAttributes(
            [
                cms.CMSAttribute(
                    {"type": "2.999.1", "values": [cms.Any(cms.OctetString(b"idle talk"))]}
                )
            ]
        )
        return bytes(answer.dump(force=True))

    token = Timestamper(["https://tsa.example.org/"], post=chatty).token(DIGEST).der
    assert b"idle talk" not in token
    assert container.build(container.parse(token)) == token
    assert read_token(token, DIGEST, roots=[_root(tsa)]).trusted


def test_a_token_from_before_its_certificate_began_is_refused(tmp_path: Path) -> None:
    create_tsa(tmp_path, clock=lambda: NOW)
    early = create_tsa(tmp_path, clock=lambda: NOW - timedelta(days=30))
    with pytest.raises(TimestampUnavailable):
        _asking(early).token(DIGEST)


def test_the_authority_is_made_once_and_kept(tmp_path: Path) -> None:
    first, second = create_tsa(tmp_path), create_tsa(tmp_path)
    assert first.root_pem == second.root_pem
    assert first.certificate == second.certificate


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_accepts_the_pretend_authoritys_answer(tsa: Tsa, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"a signature")
    (tmp_path / "root.pem").write_bytes(tsa.root_pem)
    _openssl(tmp_path, "-query", "-data", "data", "-sha512", "-cert", "-out", "q.tsq")
    (tmp_path / "r.tsr").write_bytes(tsa.respond((tmp_path / "q.tsq").read_bytes()))
    # The certificate is from the test's fixed date: the judge looks from there too.
    at = ("-attime", str(int(NOW.timestamp())))
    said = _openssl(
        tmp_path, "-verify", "-queryfile", "q.tsq", "-in", "r.tsr", "-CAfile", "root.pem", *at
    )
    assert "Verification: OK" in said


def _asking(tsa: Tsa) -> Timestamper:
    return Timestamper(["https://tsa.example.org/"], post=lambda _url, body: tsa.respond(body))


def _root(tsa: Tsa) -> bytes:
    return tsa.root.public_bytes(Encoding.DER)


def _openssl(folder: Path, *arguments: str) -> str:
    command = [shutil.which("openssl") or "openssl", "ts", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60).stdout


@contextmanager
def _serving(answer: Answer) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            status, data = answer(body)
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(data)))
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *values: object) -> None:
            """Stay quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
