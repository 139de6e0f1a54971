"""The form of a backup: one tar file with every row, every stored file and, under a password, the keys.

    manifest.json          version, schema revision, counts and digests of all that follows
    rows/<table>.jsonl     one row a line
    files/<sha256>         the bytes of that digest
    keys.sealed            keys and trusted roots, encrypted (scrypt and Fernet); only if a password was given

The manifest is the last member, so a backup that was cut short is recognised.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from app.errors import ParaphError
from app.store.rows import TableSum, total

MANIFEST, KEYS = "manifest.json", "keys.sealed"
SALT_BYTES = 16
READ_BYTES = 1 << 20


class BadBackup(ParaphError):
    """A backup that cannot be used; the text says why."""

    message_key = "{file} is no whole backup: {reason}"


@dataclass(slots=True)
class Contents:
    """What a backup says about itself."""

    made_at: str
    version: int
    revision: str
    tables: dict[str, TableSum] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    has_keys: bool = False


class Writer:
    """Adds to a backup that is being made."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar

    def add(self, name: str, content: bytes) -> None:
        """Add a member of a known content."""
        self._add(name, io.BytesIO(content), len(content))

    def add_rows(self, table: str, lines: Iterable[bytes]) -> TableSum:
        """Add the rows of a table; return their count and digest."""
        with TemporaryFile() as spool:
            counted = total(_copied(lines, spool))
            size = spool.tell()
            spool.seek(0)
            self._add(f"rows/{table}.jsonl", spool, size)
        return counted

    def _add(self, name: str, source: IO[bytes], size: int) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, 0o600
        self._tar.addfile(entry, source)


def _copied(lines: Iterable[bytes], into: IO[bytes]) -> Iterator[bytes]:
    for line in lines:
        into.write(line + b"\n")
        yield line


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """Yield what fills a new backup; it stands at `path` once it is whole, readable by its owner only."""
    part = path.with_name(path.name + ".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        with tarfile.open(fileobj=out, mode="w") as tar:
            yield Writer(tar)
        out.flush()
        os.fsync(out.fileno())
    part.rename(path)


def finish(writer: Writer, contents: Contents) -> None:
    """Add what the backup says about itself, as its last member."""
    writer.add(MANIFEST, json.dumps(asdict(contents), indent=1).encode())


@contextmanager
def opened(path: Path) -> Iterator[tuple[tarfile.TarFile, Contents]]:
    """Yield a backup and what it says about itself; raises BadBackup when it is cut short."""
    try:
        with tarfile.open(path) as tar:
            told = json.loads(_member(tar, MANIFEST).read())
            tables = {name: TableSum(**one) for name, one in told.pop("tables").items()}
            yield tar, Contents(tables=tables, **told)
    except (tarfile.TarError, EOFError, KeyError, TypeError, ValueError) as error:
        raise BadBackup(file=path.name, reason="it is cut short or not ours") from error


def rows(tar: tarfile.TarFile, table: str) -> Iterator[bytes]:
    """Yield the rows of a table."""
    for line in _member(tar, f"rows/{table}.jsonl"):
        yield line.rstrip(b"\n")


def stored(tar: tarfile.TarFile, digest: str) -> bytes:
    """Return a stored file."""
    return _member(tar, f"files/{digest}").read()


def faults(tar: tarfile.TarFile, contents: Contents) -> Iterator[str]:
    """Yield what does not match what the backup says about itself."""
    for name, told in contents.tables.items():
        if total(rows(tar, name)) != told:
            yield f"the rows of {name} are not those that were saved"
    for digest in contents.files:
        if hashlib.sha256(stored(tar, digest)).hexdigest() != digest:
            yield f"file {digest} is damaged"


def seal_folders(folders: Iterable[Path], password: str) -> bytes:
    """Return the files of `folders`, encrypted under `password`."""
    inside: dict[str, Any] = {
        f"{folder.name}/{path.name}": base64.b64encode(path.read_bytes()).decode()
        for folder in folders
        for path in sorted(folder.glob("*"))
        if path.is_file()
    }
    salt = os.urandom(SALT_BYTES)
    return salt + _fernet(password, salt).encrypt(json.dumps(inside).encode())


def open_folders(tar: tarfile.TarFile, password: str) -> dict[str, bytes]:
    """Return the sealed files by "folder/name"; raises BadBackup for another password."""
    sealed = _member(tar, KEYS).read()
    try:
        inside = json.loads(_fernet(password, sealed[:SALT_BYTES]).decrypt(sealed[SALT_BYTES:]))
    except InvalidToken as error:
        raise BadBackup("The password does not open the keys of this backup.") from error
    return {name: base64.b64decode(content) for name, content in inside.items()}


def _fernet(password: str, salt: bytes) -> Fernet:
    key = Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(password.encode())
    return Fernet(base64.urlsafe_b64encode(key))


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    found = tar.extractfile(name)
    if found is None:
        raise KeyError(name)
    return found
