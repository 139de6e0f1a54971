"""Sealing keys that never lie on our disk: in a token (PKCS#11), or at a remote signing service (CSC API 1.0.4).

Both go through pyHanko's own signers, loaded at first use: the part "keys" of the installation (python-pkcs11,
aiohttp) is needed only where one of them is set. What they answer is judged like any seal of ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from app.errors import KeyAway, SealFailed
from app.sealing.keys import SealingKey, chain_of, stands_alone

TIMEOUT_S = 30
_DER = serialization.Encoding.DER
WITHOUT_PART = (
    "A key outside is set, but its library is not installed. Install Paraph with its part 'keys': "
    "pip install aiohttp python-pkcs11"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A key in a PKCS#11 token. chain: a PEM file with the certificates that the token does not hold."""

    module: str
    token: str
    label: str
    pin: str
    chain: Path | None = None


@dataclass(frozen=True, slots=True)
class Remote:
    """A credential at a signing service that speaks the CSC API. address: what stands before /csc/v1."""

    address: str
    credential: str
    bearer: str
    pin: str
    chain: Path | None = None


@dataclass(frozen=True)
class TokenKey(SealingKey):
    """Seals with a key that stays in its token."""

    where: Token | None = None

    def sign(self, data: bytes) -> bytes:
        """Return the token's signature over `data`. Raises KeyAway."""
        if self.where is None:
            raise SealFailed
        return _in_token(self.where, data)[1]


@dataclass(frozen=True)
class RemoteKey(SealingKey):
    """Seals with a key that stays at a signing service; only the digest of the signed attributes goes there."""

    where: Remote | None = None

    def sign(self, data: bytes) -> bytes:
        """Return the service's signature over `data`. Raises KeyAway."""
        if self.where is None:
            raise SealFailed
        return asyncio.run(_told(_remotely(self.where, data)))


def open_token(where: Token) -> TokenKey:
    """Return the key in a token. Raises KeyAway when it does not answer, SealFailed for odd certificates."""
    own, _ = _in_token(where, b"")
    chain = _chain(own, [], where.chain)
    return TokenKey(_der(chain), stands_alone(chain), b"", where)


def open_remote(where: Remote) -> RemoteKey:
    """Return the key at a service. Raises KeyAway when it does not answer, SealFailed for odd certificates."""
    own, *others = asyncio.run(_told(_certificates(where)))
    chain = _chain(own, others, where.chain)
    return RemoteKey(_der(chain), stands_alone(chain), b"", where)


def _chain(own: bytes, others: Sequence[bytes], more: Path | None) -> list[x509.Certificate]:
    try:
        found = [x509.load_der_x509_certificate(one) for one in (own, *others)]
        found += x509.load_pem_x509_certificates(more.read_bytes()) if more else []
    except (OSError, ValueError) as error:
        raise SealFailed("The certificates above the sealing key cannot be read.") from error
    return chain_of(found[0].public_key(), found)


def _der(chain: Sequence[x509.Certificate]) -> tuple[bytes, ...]:
    return tuple(one.public_bytes(_DER) for one in chain)


def _in_token(where: Token, data: bytes) -> tuple[bytes, bytes]:
    """Return the certificate beside the key, and the signature over `data` when there is some."""
    try:
        from pyhanko.config.pkcs11 import TokenCriteria
        from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session
    except ImportError as error:
        raise SealFailed(WITHOUT_PART) from error
    try:
        criteria = TokenCriteria(label=where.token)
        with open_pkcs11_session(
            where.module, token_criteria=criteria, user_pin=where.pin
        ) as session:
            named: dict[str, Any] = {"cert_label": where.label, "key_label": where.label}
            certificate = PKCS11Signer(session, **named).signing_cert
            own: bytes = certificate.dump()
            # Tokens differ in what they call an elliptic signature with its digest: the bare one all of them know.
            is_bare = certificate.public_key.algorithm == "ec"
            signer = PKCS11Signer(session, **named, use_raw_mechanism=is_bare)
            signature = asyncio.run(signer.async_sign_raw(data, "sha256")) if data else b""
    except Exception as error:  # a driver of anybody's making raises what it likes
        raise KeyAway(name="PKCS#11") from error
    return own, signature


async def _told(work: Any) -> Any:
    """Return what a call to the signing service gives; raises KeyAway, or SealFailed without its library."""
    try:
        return await asyncio.wait_for(work, TIMEOUT_S)
    except ImportError as error:
        raise SealFailed(WITHOUT_PART) from error
    except Exception as error:  # refusals, time-outs, answers that are none
        raise KeyAway(name="CSC") from error


async def _certificates(where: Remote) -> list[bytes]:
    import aiohttp
    from pyhanko.sign.signers.csc_signer import fetch_certs_in_csc_credential

    async with aiohttp.ClientSession() as session:
        found = await fetch_certs_in_csc_credential(session, _service(where), TIMEOUT_S)
    return [one.dump() for one in (found.signing_cert, *found.chain)]


async def _remotely(where: Remote, data: bytes) -> bytes:
    import aiohttp
    from pyhanko.sign.signers.csc_signer import CSCSigner, fetch_certs_in_csc_credential

    from app.sealing.csc_leave import Leave

    async with aiohttp.ClientSession() as session:
        service = _service(where)
        credential = await fetch_certs_in_csc_credential(session, service, TIMEOUT_S)
        signer = CSCSigner(session, Leave(session, service, credential, where.pin), TIMEOUT_S)
        signature: bytes = await signer.async_sign_raw(data, "sha256")
        return signature


def _service(where: Remote) -> Any:
    from pyhanko.sign.signers.csc_signer import CSCServiceSessionInfo

    return CSCServiceSessionInfo(where.address.rstrip("/"), where.credential, where.bearer or None)
