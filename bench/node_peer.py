"""The Node peer of bin/bench seal: @signpdf with pdf-lib, the same document, an RSA key of 2048 bits.

It does less: no time stamp, no certification against changes, no check of its own work. node-forge, beneath it,
knows RSA only. Without Node, or when its packages cannot be had, the row is left out and the reason is said.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

HERE = Path(__file__).resolve().parent
KEPT = HERE.parent / "var" / "peers"
PACKAGES = (
    "@signpdf/signpdf@3",
    "@signpdf/signer-p12@3",
    "@signpdf/placeholder-pdf-lib@3",
    "pdf-lib@1",
)


def seal_ms(pdf: bytes, folder: Path, *, rounds: int) -> float | None:
    """Return the peer's median in milliseconds, None when it cannot run here."""
    modules = _modules()
    if modules is None:
        sys.stdout.write("The Node peer cannot run here: no node, or its packages cannot be had.\n")
        return None
    (folder / "peer.pdf").write_bytes(pdf)
    (folder / "peer.p12").write_bytes(_key())
    words = [modules, folder / "peer.pdf", folder / "peer.p12", "secret", str(rounds)]
    done = subprocess.run(
        ["node", HERE / "seal_peer.mjs", *words], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def _modules() -> Path | None:
    if not shutil.which("node") or not shutil.which("npm"):
        return None
    if not (KEPT / "node_modules" / "pdf-lib").exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        quiet = ("--no-audit", "--no-fund", "--silent", "--ignore-scripts")
        asked = ["npm", "install", *quiet, *PACKAGES]
        if subprocess.run(asked, cwd=KEPT, check=False).returncode:
            return None
    return KEPT / "node_modules"


def _key() -> bytes:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Atelier")])
    now = datetime.now(UTC)
    own = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    lock = (
        serialization.PrivateFormat.PKCS12.encryption_builder()
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())
        .build(b"secret")
    )
    return pkcs12.serialize_key_and_certificates(b"seal", key, own, None, lock)
