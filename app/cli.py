"""For operators: `bin/app COMMAND`.

migrate           bring the database to this version's schema
check-config      say whether the settings and tools are in order
verify FILE.pdf   judge a sealed PDF, without database and network
seed-portal       fill a test portal through its inbound webhook
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from app import services
from app.crm.client import CrmClient
from app.crm.seed import seed
from app.crm.webhook import WebhookTransport
from app.errors import ParaphError
from app.sealing.keys import read_roots
from app.sealing.report import SealReport
from app.sealing.verify import verify
from app.settings import Settings, read
from app.texts import translator


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
    judge = commands.add_parser("verify", help="judge a sealed PDF, offline")
    judge.add_argument("file", type=Path)
    judge.add_argument("--roots", type=Path, help="folder with the sealing key's root, *.pem")
    judge.add_argument("--tsa-roots", type=Path, help="folder with the authorities' roots, *.pem")
    judge.add_argument("--json", action="store_true", help="print the whole judgement as JSON")
    judge.add_argument("--lang", default="en")
    judge.set_defaults(run=_verify)
    seed = commands.add_parser("seed-portal", help="fill a test portal with demo data")
    seed.add_argument("--webhook", required=True, help="address of an inbound webhook")
    seed.set_defaults(run=_seed)
    return parser


def _migrate(_asked: argparse.Namespace) -> int:
    services.lay_out(services.build(read()))
    print("The database is at the newest schema.")
    return 0


def _check(_asked: argparse.Namespace) -> int:
    settings = read()
    faults = list(_faults(settings))
    for line in faults or ["Everything is in order."]:
        print(line)
    return 1 if faults else 0


def _faults(settings: Settings) -> Sequence[str]:
    checks = {
        "PARAPH_CLIENT_ID and PARAPH_CLIENT_SECRET are not set: no portal can be served.": (
            bool(settings.client_id and settings.client_secret)
        ),
        "PARAPH_SMTP_HOST is not set: mails go into the folder 'outbox' only.": (
            bool(settings.smtp_host)
        ),
        "PARAPH_TSA_URLS is not set: signed documents will wait for their seal.": (
            bool(settings.tsa_urls)
        ),
        "LibreOffice was not found: Word documents cannot be printed.": bool(
            settings.soffice or shutil.which("soffice") or shutil.which("libreoffice")
        ),
    }
    return [text for text, is_fine in checks.items() if not is_fine]


def _verify(asked: argparse.Namespace) -> int:
    try:
        pdf = asked.file.read_bytes()
    except OSError as error:
        print(f"{asked.file}: {error.strerror}", file=sys.stderr)
        return 2
    settings = read()
    report = verify(
        pdf,
        trusted_roots=read_roots(asked.roots or settings.data / "keys"),
        tsa_roots=read_roots(asked.tsa_roots or settings.tsa_trust),
    )
    print(_as_json(report) if asked.json else _as_text(report, asked.lang))
    return 0 if report.is_valid else 1


def _as_text(report: SealReport, lang: str) -> str:
    say = translator(lang)
    if not report.is_valid:
        lines = [say("Not accepted."), *(say(reason.sentence) for reason in report.reasons)]
        return "\n".join(lines)
    lines = [
        say("Valid: sealed, and unchanged since."),
        f"{say('Sealed at')}: {report.sealed_at:%Y-%m-%d %H:%M:%S} UTC ({report.authority})",
        f"{say('Sealed by')}: {report.sealed_by} ({report.level})",
        f"SHA-256: {report.file_sha256}",
    ]
    people = (report.trail or {}).get("recipients", [])
    lines += [f"{say('Signed')}: {p['name']}, {p['signed_at']}" for p in people if p["signed_at"]]
    if report.self_issued:
        lines.append(
            say("The key was made by the installation itself; nobody else vouches for it.")
        )
    return "\n".join(lines)


def _as_json(report: SealReport) -> str:
    values = {
        "verdict": report.verdict.value,
        "reasons": [{"code": r.code, "sentence": r.sentence} for r in report.reasons],
        "sha256": report.file_sha256,
        "sealed_at": report.sealed_at.isoformat() if report.sealed_at else None,
        "sealed_by": report.sealed_by,
        "authority": report.authority,
        "level": report.level,
        "self_issued": report.self_issued,
        "trail": report.trail,
    }
    return json.dumps(values, indent=2, ensure_ascii=False, default=str)


def _seed(asked: argparse.Namespace) -> int:
    made = seed(CrmClient(WebhookTransport(asked.webhook)))
    print(f"Made {made} records.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
