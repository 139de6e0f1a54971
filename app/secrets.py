"""Keys of this installation: made once into the data folder (0600), never replaced by a start.

Encryption is MultiFernet (rotation: put a new key on the first line), bound to a purpose; keyed hashes
are HMAC-SHA-256, bound to a purpose as well. A value moved to another column or portal does not open.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets as csprng
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app.errors import ParaphError
from app.write_once import write_once


class WrongKeys(ParaphError):
    """The keys in the data folder do not open what the database holds."""

    message_key = (
        "The keys in the data folder do not belong to this database. "
        "Put back the folder 'keys' from the backup made with this database."
    )


class Secrets:
    """Encrypts, hashes and makes tokens with the keys kept in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "secrets.key"
        self._keys = _read_or_make(self._path)
        self._fernets: dict[str, MultiFernet] = {}

    def add_key(self) -> None:
        """Encrypt with a new key from now on; what the older ones hid can still be read. Hashes do not change."""
        self._keys = [csprng.token_bytes(32), *self._keys]
        part = self._path.with_name(self._path.name + ".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.writelines(base64.b64encode(key).decode() + "\n" for key in self._keys)
            file.flush()
            os.fsync(file.fileno())
        part.rename(self._path)
        self._fernets.clear()

    def encrypt(self, purpose: str, text: str) -> str:
        """Return `text` encrypted for `purpose`, as printable text."""
        return self._fernet(purpose).encrypt(text.encode()).decode()

    def decrypt(self, purpose: str, text: str) -> str:
        """Return what `encrypt` hid; raises WrongKeys for another purpose, key or text."""
        try:
            return self._fernet(purpose).decrypt(text.encode()).decode()
        except InvalidToken as error:
            raise WrongKeys from error

    def keyed_hash(self, purpose: str, text: str) -> str:
        """Return 64 hex digits that only this installation can compute."""
        key = _derive(self._keys[-1], "hash:" + purpose)
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    def signing_key(self, purpose: str) -> bytes:
        """Return 32 bytes for signing cookies and tickets of `purpose`."""
        return _derive(self._keys[-1], "sign:" + purpose)

    @staticmethod
    def token() -> str:
        """Return a new 256-bit token, safe in an address."""
        return csprng.token_urlsafe(32)

    @staticmethod
    def code() -> str:
        """Return a new one-time code of 6 digits."""
        return f"{csprng.randbelow(1_000_000):06d}"

    def _fernet(self, purpose: str) -> MultiFernet:
        if purpose not in self._fernets:
            derived = (_derive(key, "encrypt:" + purpose) for key in self._keys)
            made = MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])
            self._fernets[purpose] = made
        return self._fernets[purpose]


def _derive(key: bytes, purpose: str) -> bytes:
    return hmac.new(key, purpose.encode(), hashlib.sha256).digest()


def _read_or_make(path: Path) -> list[bytes]:
    """Return the keys, newest first; of several first starts one makes the key, and all read it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_once(path, base64.b64encode(csprng.token_bytes(32)) + b"\n", mode=0o600)
    return [base64.b64decode(line) for line in path.read_text().split()]
