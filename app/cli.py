"""For operators: `bin/app COMMAND`.

migrate           bring the database to this version's schema
check-config      say whether the settings and tools are in order
doctor            say in sentences what is wrong with this installation, and who can mend it
metrics           print the figures that /metrics tells
backup            create, verify or restore a backup of rows, files and (under a password) keys
move              bring all rows into another database, counted and compared
keys rotate       make a new data key and encrypt what is kept with it
audit verify      walk every chain of evidence and every daily root; any change is found and located
export ENVELOPE   write everything about one envelope into a ZIP
erase-person WHO  erase a person by e-mail address or phone number; proof stays, chains hold
verify FILE.pdf   judge a sealed PDF, without database and network; "verify --help" says how
returned-mail     take mail that came back from standard input, as a mail server's pipe gives it
manifest plan     say what would change on a portal to match install.json
seed-portal       fill a test portal through its inbound webhook
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from app import care, mailroom, proofs, services
from app.actions import doctor
from app.actions.install import plan_lines
from app.crm.client import CrmClient
from app.crm.seed import seed
from app.crm.webhook import WebhookTransport
from app.errors import ParaphError
from app.sealing.keys import read_roots
from app.sealing.report import SealReport, Verdict, to_json
from app.sealing.verify import LARGEST_BYTES, verify
from app.sealing.words import as_text
from app.settings import BadSettings, read
from app.store import schema
from app.texts import LANGUAGES

STDIN = Path("-")
NO_ROOTS = (
    "This installation holds no certificates to trust: name those of the sealing key and of the "
    "time-stamp authority with --roots and --tsa-roots."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code: 0 fine, 1 not fine, 2 misused."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.run(asked))
    except ParaphError as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bin/app", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("migrate", help="bring the database to this version's schema").set_defaults(
        run=_migrate
    )
    commands.add_parser("check-config", help="check settings and tools").set_defaults(run=_check)
    care.add_commands(commands)
    proofs.add_commands(commands)
    mailroom.add_commands(commands)
    _add_verify(commands.add_parser("verify", help="judge a sealed PDF, offline"))
    plans = commands.add_parser("manifest", help="what install.json would change on a portal")
    plans.add_argument("what", choices=["plan"])
    plans.add_argument("--portal", required=True, help="its domain, member id or our own id")
    plans.set_defaults(run=_plan)
    seed = commands.add_parser("seed-portal", help="fill a test portal with demo data")
    seed.add_argument("--webhook", required=True, help="address of an inbound webhook")
    seed.set_defaults(run=_seed)
    return parser


def _add_verify(judge: argparse.ArgumentParser) -> None:
    judge.description = "Say whether a PDF is a sealed original, unchanged to the last byte."
    judge.epilog = (
        "Exit code: 0 valid; 1 not accepted; 2 it could not be judged (no such file, no such folder, "
        "wrong settings). Needs no database and no network."
    )
    judge.add_argument("file", type=Path, help='the PDF; "-" reads standard input')
    judge.add_argument(
        "--roots",
        type=Path,
        help="file or folder (*.pem) with the sealing key's root, as seal-root.pem; "
        "else the keys of this installation",
    )
    judge.add_argument(
        "--tsa-roots",
        type=Path,
        help="file or folder (*.pem) with the time-stamp authorities' roots; "
        "else those this installation trusts",
    )
    judge.add_argument("--json", action="store_true", help="print the whole judgement as JSON")
    judge.add_argument("--lang", default="en", choices=LANGUAGES)
    judge.set_defaults(run=_verify)


def _migrate(_asked: argparse.Namespace) -> int:
    services.lay_out(services.build(read()))
    print("The database is at the newest schema.")
    return 0


def _check(_asked: argparse.Namespace) -> int:
    faults = doctor.settings_faults(read())
    for line in faults or ["Everything is in order."]:
        print(line)
    return 1 if faults else 0


def _verify(asked: argparse.Namespace) -> int:
    try:
        report = _judged(asked)
    except OSError as error:
        print(f"{asked.file}: {error.strerror}", file=sys.stderr)
        return 2
    except (BadRoots, BadSettings) as error:
        print(error, file=sys.stderr)
        return 2
    name = asked.file.name
    print(_as_json(report) if asked.json else as_text(report, lang=asked.lang, name=name))
    return 0 if report.is_valid else 1


class BadRoots(Exception):
    """A file or folder that should hold trusted certificates holds none."""


def _judged(asked: argparse.Namespace) -> SealReport:
    """Return the judgement. Settings are read only for roots that were not named. Raises OSError, BadRoots."""
    with sys.stdin.buffer if asked.file == STDIN else asked.file.open("rb") as source:
        pdf = source.read(LARGEST_BYTES + 1)
        digest = hashlib.sha256(pdf)
        while more := source.read(
            1 << 20
        ):  # too large to be judged, yet the digest is of the whole file
            digest.update(more)
    roots = _named_roots(asked.roots) if asked.roots else read_roots(read().data / "keys")
    tsa = _named_roots(asked.tsa_roots) if asked.tsa_roots else read_roots(read().tsa_trust)
    report = verify(pdf, trusted_roots=roots, tsa_roots=tsa)
    if report.verdict is Verdict.UNKNOWN_ISSUER and not (roots and tsa):
        print(NO_ROOTS, file=sys.stderr)
    return replace(report, file_sha256=digest.hexdigest())


def _named_roots(place: Path) -> tuple[bytes, ...]:
    found = read_roots(place)
    if not found:
        raise BadRoots(f"{place}: no certificate here (*.pem, without private keys).")
    return found


def _as_json(report: SealReport) -> str:
    return json.dumps(to_json(report), indent=2, ensure_ascii=False)


def _plan(asked: argparse.Namespace) -> int:
    tools = services.build(read())
    if not schema.is_current(tools.database):
        print(
            "The database is not at this version's schema: run `bin/app migrate`.", file=sys.stderr
        )
        return 1
    lines = plan_lines(tools, asked.portal)
    print("\n".join(lines) or "The portal matches install.json.")
    return 0


def _seed(asked: argparse.Namespace) -> int:
    made = seed(CrmClient(WebhookTransport(asked.webhook)))
    print(f"Made {made} records.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
