"""Keys that never lie on our disk: in a PKCS#11 token (SoftHSM), and at a signing service (CSC API 1.0.4)."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from authority import Authority, running
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from pydantic import ValidationError
from sealing_kit import NOW, Office, make_pdf, open_office

from app.errors import KeyAway, SealFailed, is_retryable
from app.sealing.outside_keys import Remote, Token, open_remote, open_token
from app.sealing.seal import seal
from app.sealing.timestamps import Timestamper
from app.sealing.verify import verify
from app.services import Services

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN, LABEL = "648219", "seal"
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
_DER = serialization.Encoding.DER


@pytest.fixture(scope="module")
def authority() -> Iterator[Authority]:
    with running(NOW) as made:
        yield made


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return open_office(tmp_path_factory.mktemp("office"))


@pytest.fixture
def root(authority: Authority, tmp_path: Path) -> Path:
    """A PEM file with what stands above every key here."""
    path = tmp_path / "root.pem"
    path.write_bytes(authority.root.public_bytes(serialization.Encoding.PEM))
    return path


def new_key(kind: str) -> Key:
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty software token of its own for this test."""
    folder = tmp_path / "tokens"
    folder.mkdir()
    conf = tmp_path / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder}\nobjectstore.backend = file\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(conf))
    made = ["softhsm2-util", "--init-token", "--free", "--label", "paraph", "--pin", PIN]
    subprocess.run([*made, "--so-pin", "12345678"], check=True, capture_output=True)
    return conf


def fill(folder: Path, authority: Authority, kind: str) -> None:
    """Put a new key with its certificate into the token."""
    key = new_key(kind)
    pem = folder / "key.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    own = authority.issue(f"Token {kind}", key).public_bytes(_DER)
    take_in = ["softhsm2-util", "--import", str(pem), "--token", "paraph", "--label", LABEL]
    subprocess.run([*take_in, "--id", "01", "--pin", PIN], check=True, capture_output=True)
    script = (
        "import sys, pkcs11\n"
        "from pkcs11.util.x509 import decode_x509_certificate\n"
        "token = pkcs11.lib(sys.argv[1]).get_token(token_label='paraph')\n"
        "with token.open(rw=True, user_pin=sys.argv[2]) as session:\n"
        "    values = decode_x509_certificate(sys.stdin.buffer.read())\n"
        "    session.create_object({**values, pkcs11.Attribute.TOKEN: True,\n"
        "        pkcs11.Attribute.LABEL: 'seal', pkcs11.Attribute.ID: b'\\x01'})\n"
    )
    import sys

    subprocess.run([sys.executable, "-c", script, MODULE, PIN], input=own, check=True)


def in_a_process_of_its_own(work: str, *words: str) -> str:
    """Run `work` apart: a PKCS#11 driver reads its settings once in the life of a process."""
    import sys

    done = subprocess.run(
        [sys.executable, "-c", work, *words],
        cwd=Path(__file__).resolve().parents[2],
        env=os.environ.copy(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


SEAL_WITH_TOKEN = """
import sys
from pathlib import Path
from app.errors import KeyAway
from app.sealing.outside_keys import Token, open_token
from app.sealing.seal import seal
from app.sealing.timestamps import Timestamper
from app.sealing.verify import verify
from emulator.tsa import create_tsa
from tests.tools.sealing_kit import NOW, make_pdf
folder = Path(sys.argv[1])
tsa = create_tsa(folder / "tsa", clock=lambda: NOW)
stamper = Timestamper(["https://tsa.example.org/"], post=lambda _url, body: tsa.respond(body))
where = Token(sys.argv[2], "paraph", "seal", sys.argv[3], Path(sys.argv[4]))
try:
    key = open_token(where)
except KeyAway as error:
    print("away", error)
    raise SystemExit
sealed = seal(make_pdf(), key=key, timestamper=stamper, reason="x", now=NOW, level="B-T")
report = verify(sealed, trusted_roots=[key.trust_pem], tsa_roots=[tsa.root_pem])
print(report.verdict.value, report.sealed_by, report.issuer, key.self_issued, len(key.private_der))
"""


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_a_key_seals_and_never_leaves_its_token(
    authority: Authority, token: Path, root: Path, tmp_path: Path, kind: str
) -> None:
    fill(tmp_path, authority, kind)
    words = (str(tmp_path), MODULE, PIN, str(root))
    said = in_a_process_of_its_own(SEAL_WITH_TOKEN, *words)
    assert said == f"valid Token {kind} Example Root CA False 0"


def test_a_token_that_refuses_is_waited_for(
    authority: Authority, token: Path, root: Path, tmp_path: Path
) -> None:
    fill(tmp_path, authority, "ec")
    words = (str(tmp_path), MODULE, "000000", str(root))
    assert in_a_process_of_its_own(SEAL_WITH_TOKEN, *words).startswith("away")
    where = Token("/usr/lib/no-such-driver.so", "paraph", LABEL, PIN, root)
    with pytest.raises(KeyAway) as refused:
        open_token(where)
    assert is_retryable(refused.value)


@dataclass
class Service:
    """A signing service by the CSC API 1.0.4: credentials/info, credentials/authorize, signatures/signHash."""

    key: Key
    chain: list[bytes]
    address: str = ""
    leaves: dict[str, list[str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    is_away: bool = False

    def answer(self, path: str, bearer: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.calls.append(path)
        if self.is_away:
            return 503, {}
        if bearer != "Bearer let-me-in" or asked.get("credentialID") != "company-seal":
            return 401, {"error": "invalid_token"}
        calls: dict[str, Callable[[dict[str, Any]], tuple[int, dict[str, Any]]]] = {
            "/csc/v1/credentials/info": self._info,
            "/csc/v1/credentials/authorize": self._authorize,
            "/csc/v1/signatures/signHash": self._sign,
        }
        return calls[path](asked)

    def _info(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        assert asked["certificates"] == "chain"
        is_rsa = isinstance(self.key, rsa.RSAPrivateKey)
        algorithms = ["1.2.840.113549.1.1.11"] if is_rsa else ["1.2.840.10045.4.3.2"]
        return 200, {
            "key": {"status": "enabled", "algo": algorithms, "len": self.key.key_size},
            "cert": {"certificates": [base64.b64encode(one).decode() for one in self.chain]},
            "authMode": "explicit",
            "SCAL": "2",
            "multisign": 1,
        }

    def _authorize(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if asked.get("PIN") != PIN or asked.get("numSignatures") != len(asked["hash"]):
            return 400, {"error": "invalid_pin"}
        leave = f"leave-{len(self.leaves)}"
        self.leaves[leave] = asked["hash"]
        return 200, {"SAD": leave, "expiresIn": 60}

    def _sign(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if self.leaves.pop(asked["SAD"], None) != asked["hash"]:
            return 400, {"error": "invalid_request"}
        digest = base64.b64decode(asked["hash"][0])
        assert asked["hashAlgo"] == "2.16.840.1.101.3.4.2.1"
        known = utils.Prehashed(hashes.SHA256())
        signature = (
            self.key.sign(digest, PKCS1v15(), known)
            if isinstance(self.key, rsa.RSAPrivateKey)
            else self.key.sign(digest, ec.ECDSA(known))
        )
        return 200, {"signatures": [base64.b64encode(signature).decode()]}


class _Door(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        service: Service = self.server.service  # type: ignore[attr-defined]
        bearer = self.headers.get("Authorization", "")
        status, values = service.answer(self.path, bearer, asked)
        body = json.dumps(values).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        return


@pytest.fixture(params=["ec", "rsa"])
def service(request: pytest.FixtureRequest, authority: Authority) -> Iterator[Service]:
    key = new_key(request.param)
    own = authority.issue("Company at a service", key).public_bytes(_DER)
    made = Service(key, [own, authority.root.public_bytes(_DER)])
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Door)
    server.service = made  # type: ignore[attr-defined]
    made.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


def remote(service: Service, **changes: str) -> Remote:
    values = {"credential": "company-seal", "bearer": "let-me-in", "pin": PIN, **changes}
    return Remote(address=service.address, **values)  # type: ignore[arg-type]


def test_a_service_seals_and_is_told_no_more_than_a_digest(
    service: Service, office: Office
) -> None:
    key = open_remote(remote(service))
    stamper = Timestamper(["https://tsa.test/"], post=lambda _url, body: office.tsa.respond(body))
    sealed = seal(make_pdf(), key=key, timestamper=stamper, reason="x", now=NOW, level="B-T")
    report = verify(sealed, trusted_roots=[key.trust_pem], tsa_roots=[office.tsa.root_pem])
    assert (report.is_valid, report.sealed_by) == (True, "Company at a service")
    assert not key.self_issued
    assert key.private_der == b""
    assert service.calls[-2:] == ["/csc/v1/credentials/authorize", "/csc/v1/signatures/signHash"]
    assert service.leaves == {}


@pytest.mark.parametrize("wrong", [{"pin": "1"}, {"bearer": "x"}, {"credential": "other"}])
def test_a_service_that_refuses_is_waited_for_and_nothing_is_sealed(
    service: Service, wrong: dict[str, str]
) -> None:
    with pytest.raises(KeyAway):
        open_remote(remote(service, **wrong)).sign(b"attributes")


def test_a_service_that_is_away_is_waited_for(service: Service) -> None:
    key = open_remote(remote(service))
    service.is_away = True
    with pytest.raises(KeyAway) as away:
        key.sign(b"attributes")
    assert is_retryable(away.value)


def test_certificates_up_to_the_root_are_needed(service: Service) -> None:
    service.chain = service.chain[:1]
    with pytest.raises(SealFailed, match="root"):
        open_remote(remote(service))


def test_settings_name_all_that_is_missing(make_services: Callable[..., Services]) -> None:
    with pytest.raises(ValidationError, match="PARAPH_CSC_URL, PARAPH_CSC_CREDENTIAL"):
        make_services(seal_key="csc")
    with pytest.raises(ValidationError, match="PARAPH_PKCS11_MODULE"):
        make_services(seal_key="pkcs11")


def test_the_installation_seals_with_a_service_by_settings_alone(
    service: Service, make_services: Callable[..., Services]
) -> None:
    services = make_services(
        seal_key="csc",
        csc_url=service.address,
        csc_credential="company-seal",
        csc_token="let-me-in",
        csc_pin=PIN,
    )
    assert services.sealing_key.holder == "Company at a service"
    assert services.sealing_key.trust_pem in services.seal_roots
    kept = list((services.settings.data / "keys").glob("*.pem"))
    assert not [one for one in kept if b"PRIVATE" in one.read_bytes()]
