"""`python -m emulator`: the pretend portal in one process, until it is told to stop."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from emulator.demo_data import PARAPH, AppCard
from emulator.portal_life import PLANS, set_plan
from emulator.server import Emulator, PortTaken

SAVE_EVERY_S = 5.0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="emulator", description="A pretend Bitrix24 portal.")
    parser.add_argument("--portal-port", type=int, default=8600)
    parser.add_argument("--oauth-port", type=int, default=8601)
    parser.add_argument("--services-port", type=int, default=8602)
    parser.add_argument("--smtp-port", type=int, default=8625)
    parser.add_argument("--app-url", default="http://localhost:8610", help="where our app answers")
    parser.add_argument("--app-title", default=PARAPH.title)
    parser.add_argument("--installer", default=PARAPH.installer, metavar="PATH")
    parser.add_argument("--main-page", default=PARAPH.main, metavar="PATH")
    parser.add_argument("--events", default=PARAPH.events, metavar="PATH", help='"": no handler')
    parser.add_argument("--scopes", default=",".join(PARAPH.scopes), metavar="A,B")
    parser.add_argument("--docgen-delay", type=float, default=1.0, metavar="SECONDS")
    parser.add_argument("--queue-delay", type=float, default=0.2, metavar="SECONDS")
    parser.add_argument("--data", type=Path, default=None, metavar="FILE", help="keep state here")
    parser.add_argument(
        "--portals", type=int, default=1, help="how many portals (more: on free ports)"
    )
    parser.add_argument("--plan", default="", choices=["", *PLANS], help="the first portal's plan")
    parser.add_argument("--strict", action="store_true", help="refuse handlers on localhost")
    parser.add_argument("--no-limits", action="store_true", help="switch the REST rate limit off")
    return parser.parse_args()


def card_of(given: argparse.Namespace) -> AppCard:
    scopes = tuple(one.strip() for one in given.scopes.split(",") if one.strip())
    return AppCard(given.app_title, given.installer, given.main_page, given.events, scopes)


def main() -> int:
    """Run until SIGINT or SIGTERM; exit code 2 when a port is taken."""
    given = arguments()
    try:
        emulator = Emulator(
            portal_port=given.portal_port,
            oauth_port=given.oauth_port,
            services_port=given.services_port,
            smtp_port=given.smtp_port,
            app_url=given.app_url,
            card=card_of(given),
            docgen_delay_s=given.docgen_delay,
            queue_delay_s=given.queue_delay,
            data=given.data,
        ).start()
    except PortTaken as taken:
        print(taken, file=sys.stderr)
        return 2
    emulator.state.limits.enabled = not given.no_limits
    emulator.state.limits.strict_urls = given.strict
    if given.plan:
        set_plan(emulator.engine, given.plan)
    for number in range(2, given.portals + 1):
        print(f"portal {number}: {emulator.add_portal(f'Portal {number}').portal_url}", flush=True)
    wait(emulator)
    return 0


def wait(emulator: Emulator) -> None:
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    print(f"emulator ready: {emulator.portal_url}", flush=True)
    saved = emulator.state.revision
    while not done.wait(SAVE_EVERY_S):
        if emulator.state.revision != saved:
            saved = emulator.state.revision
            emulator.save()
    emulator.stop()


if __name__ == "__main__":
    raise SystemExit(main())
