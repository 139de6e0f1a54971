"""The operator's command about mail: `bin/app returned-mail`, where a mail server pipes what comes back."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from app import services
from app.actions.receipts import take_returned
from app.delivery.bounces import LARGEST_BYTES, read
from app.settings import read as read_settings


def add_commands(commands: Any) -> None:
    """Add this module's command to the parser's."""
    returned = commands.add_parser(
        "returned-mail", help="take a mail that came back (a notification) from standard input"
    )
    returned.set_defaults(run=_returned)


def _returned(_asked: argparse.Namespace) -> int:
    """Exit code 0 for every mail: one that is no notification must not come back once more."""
    found = read(sys.stdin.buffer.read(LARGEST_BYTES + 1))
    is_ours = found is not None and take_returned(services.build(read_settings()), found)
    sys.stdout.write("Noted.\n" if is_ours else "Not about a mail of ours.\n")
    return 0
