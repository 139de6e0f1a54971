"""Backups under load: made, judged, restored. Who restores gets what was there, counted and compared.

First the rows of one moment, then the files: a file is stored before the row that names it and never changed, so
every file a row names is there. What was erased for good meanwhile is left out.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app import archive
from app.archive import BadBackup, Contents
from app.errors import NotFound, WrongState
from app.services import Services
from app.store import rows, schema

NOT_EMPTY = "There is data here already. Restore into an empty database and an empty data folder."
NEWER = "This backup was made by a newer version of Paraph. Update first, then restore."
NONE = rows.total([])
DIFFERS = "What was restored differs from the backup in: {where}. Do not use it; restore again."


def create(services: Services, path: Path, *, password: str = "") -> Contents:
    """Write a backup to `path` and return what is in it. The keys are in it only under `password`."""
    contents = Contents(
        made_at=services.now().isoformat(timespec="seconds"),
        version=services.manifest.app.version,
        revision=schema.revision(services.database),
        has_keys=bool(password),
    )
    with archive.writing(path) as writer:
        with rows.reading(services.database) as state:
            for name in state.names():
                contents.tables[name] = writer.add_rows(name, state.lines(name))
        for digest in services.files.digests():
            try:
                writer.add(f"files/{digest}", services.files.get(digest))
            except NotFound:
                continue
            contents.files.append(digest)
        if password:
            folders = (services.settings.data / "keys", services.settings.tsa_trust)
            writer.add(archive.KEYS, archive.seal_folders(folders, password))
        archive.finish(writer, contents)
    return contents


def judge(path: Path) -> Contents:
    """Return what is in a backup when all of it is as it was saved; raises BadBackup."""
    with archive.opened(path) as (tar, contents):
        found = list(archive.faults(tar, contents))
    if found:
        raise BadBackup(file=path.name, reason="; ".join(found[:3]))
    return contents


def restore(services: Services, path: Path, *, password: str = "") -> Contents:
    """Bring a backup into an empty installation, at its own schema first, and then forward to this version's.

    Returns what was in it. Raises BadBackup, and WrongState when something is here already or differs afterwards.
    """
    contents = judge(path)
    if contents.revision not in schema.revisions():
        raise WrongState(NEWER)
    if not rows.is_empty(services.database):
        raise WrongState(NOT_EMPTY)
    with archive.opened(path) as (tar, _):
        _bring_keys(services, tar, contents, password)
        for digest in contents.files:
            services.files.put(archive.stored(tar, digest))
        schema.migrate(services.database, contents.revision)
        services.jobs.lay_out()
        rows.clear(services.database, contents.tables)
        with rows.filling(services.database) as fill:
            for name in contents.tables:
                fill(name, archive.rows(tar, name))
    _compare(services, contents)
    schema.migrate(services.database)
    return contents


def _bring_keys(
    services: Services, tar: tarfile.TarFile, contents: Contents, password: str
) -> None:
    keys = services.settings.data / "keys"
    if not contents.has_keys:
        return
    if not password:
        raise WrongState("This backup holds the keys: name the file with their password.")
    for name, content in archive.open_folders(tar, password).items():
        folder, _, file = name.partition("/")
        place = keys if folder == "keys" else services.settings.tsa_trust
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = place / Path(file).name
        target.touch(mode=0o600)
        target.write_bytes(content)


def _compare(services: Services, contents: Contents) -> None:
    now = rows.sums(services.database)
    wrong = [name for name, told in contents.tables.items() if now.get(name, NONE) != told]
    if wrong:
        raise WrongState(DIFFERS, where=", ".join(wrong))
    missing = set(contents.files) - set(services.files.digests())
    if missing:
        raise WrongState(DIFFERS, where=f"{len(missing)} files")


@dataclass(frozen=True, slots=True)
class Moved:
    """One table that was brought over."""

    name: str
    rows: int


def move(services: Services, target: Services) -> Iterator[Moved]:
    """Bring every row into the empty database of `target`, yield what was brought; raises WrongState.

    Nothing may write meanwhile: the operator stops web and worker first. The files stay where they are.
    """
    if not rows.is_empty(target.database):
        raise WrongState(NOT_EMPTY)
    schema.migrate(services.database)
    schema.migrate(target.database)
    target.jobs.lay_out()
    before = rows.sums(services.database)
    rows.clear(target.database, before)
    with rows.reading(services.database) as state, rows.filling(target.database) as fill:
        for name in before:
            fill(name, state.lines(name))
            yield Moved(name, before[name].rows)
    after = rows.sums(target.database)
    wrong = [name for name in before if after.get(name, NONE) != before[name]]
    if wrong:
        raise WrongState(DIFFERS, where=", ".join(wrong))
