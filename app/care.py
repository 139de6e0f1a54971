"""The operator's commands of care: doctor, metrics, backup, move, keys. Added to bin/app by app.cli."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from app import services
from app.actions import backup, doctor, figures, health, rotate
from app.archive import Contents
from app.settings import Settings, read

WITHOUT_KEYS = (
    "The keys are not in it: keep a copy of {folder} in another safe place. Without them nobody can read "
    "the tokens in it, and new documents get another seal."
)
MOVED = "Set PARAPH_DATABASE_URL to the new address for web and worker, then start them."
STOP_FIRST = (
    "A worker was at work within the last minute. Stop web and workers first, then try again."
)

Commands = argparse._SubParsersAction  # argparse has no public name for it


def add_commands(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add this room's commands to the parser of bin/app."""
    help_doctor = "what is wrong, and who can mend it"
    commands.add_parser("doctor", help=help_doctor).set_defaults(run=_doctor)
    commands.add_parser("metrics", help="print the figures").set_defaults(run=_metrics)
    keep = commands.add_parser("backup", help="create, verify or restore a backup")
    keep.add_argument("what", choices=["create", "verify", "restore"])
    keep.add_argument("file", type=Path)
    keep.add_argument(
        "--keys-password-file",
        type=Path,
        help="a file whose first line is the password under which the keys are in the backup",
    )
    keep.set_defaults(run=_backup)
    carry = commands.add_parser("move", help="bring all rows into another, empty database")
    carry.add_argument("--to", required=True, help="postgresql://... or sqlite:///...")
    carry.set_defaults(run=_move)
    keys = commands.add_parser("keys", help="rotate the data key")
    keys.add_argument("what", choices=["rotate"])
    keys.set_defaults(run=_rotate)


def _doctor(_asked: argparse.Namespace) -> int:
    settings = read()
    tools = services.build(settings)
    found = health.findings(tools)
    told = [*doctor.settings_faults(settings), *(one.sentence for one in found)]
    waits = doctor.waiting(tools)
    _tell("For you, who runs this:", told)
    _tell("For others, or for time:", waits)
    if not told and not waits:
        _say("Everything is in order.")
    return 1 if told else 0


def _metrics(_asked: argparse.Namespace) -> int:
    sys.stdout.write(figures.figures(services.build(read())))
    return 0


def _backup(asked: argparse.Namespace) -> int:
    password = _password(asked.keys_password_file)
    if asked.what == "verify":
        _say(f"Whole, and as it was saved: {_summary(backup.judge(asked.file))}")
        return 0
    tools = services.build(read())
    if asked.what == "restore":
        _say(
            f"Restored and compared: {_summary(backup.restore(tools, asked.file, password=password))}"
        )
        _say("Now run bin/app doctor, then start web and worker.")
        return 0
    made = backup.create(tools, asked.file, password=password)
    _say(f"{asked.file}: {_summary(made)}")
    if not made.has_keys:
        _say(WITHOUT_KEYS.format(folder=tools.settings.data / "keys"))
    return 0


def _move(asked: argparse.Namespace) -> int:
    settings = read()
    here = services.build(settings)
    there = services.build(
        Settings.model_validate({**settings.model_dump(), "database_url": asked.to})
    )
    if health.has_worker(here):
        _say(STOP_FIRST)
        return 1
    moved = list(backup.move(here, there))
    _say(
        f"Moved and compared: {sum(one.rows for one in moved)} rows of {len(moved)} tables. {MOVED}"
    )
    return 0


def _rotate(_asked: argparse.Namespace) -> int:
    tools = services.build(read())
    if health.has_worker(tools):
        _say(STOP_FIRST)
        return 1
    _say(f"A new data key is in use; {rotate.rotate(tools)} values were encrypted with it.")
    return 0


def _password(file: Path | None) -> str:
    return file.read_text("utf-8").splitlines()[0].strip() if file else ""


def _summary(contents: Contents) -> str:
    rows = sum(one.rows for one in contents.tables.values())
    return (
        f"{rows} rows of {len(contents.tables)} tables, {len(contents.files)} files, "
        f"{'with' if contents.has_keys else 'without'} keys, of {contents.made_at}"
    )


def _tell(title: str, sentences: list[str]) -> None:
    if sentences:
        _say("\n".join([title, *(f"  - {one}" for one in sentences)]))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
