"""Growth in small: what pages and upkeep ask is found by an index, and ten times the envelopes ask no more."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from app.services import Services, check_keys
from app.store.tables import Recipient
from app.web import create_app
from bench.crowd import Crowd, fill
from tests.frame_kit import Portal, running_portal, settings_for, without_waiting
from tests.plans import listening
from tests.walk import COUNTS, walks

Make = Callable[..., Services]
SMALL, LARGE = 100, 600
ALLOWED = 1.2
"""The board looks at each of up to a hundred seats; upkeep does something for each who waits."""


def test_no_query_reads_a_whole_growing_table_and_none_is_sent_more_often(
    make_services: Make,
) -> None:
    with running_portal() as emulator:
        services = without_waiting(make_services(**settings_for(emulator)))
        check_keys(services)
        portal = Portal(emulator, services, create_app(services))
        portal.install()
        ours = portal.who().portal_id
        sent: dict[int, dict[str, int]] = {}
        whole: list[str] = []
        for first, size in ((0, SMALL), (SMALL, LARGE)):
            fill(services.database, Crowd(ours, 1, size, services.now()), first=first)
            sent[size] = {}
            for name, walk in walks(portal, signer_of(services)).items():
                walk()
                with listening(services.database.engine) as heard:
                    walk()
                sent[size][name] = heard.count
                whole += [one for one in heard.whole_tables() if name != COUNTS]
    assert whole == []
    more = {
        name: (sent[SMALL][name], count)
        for name, count in sent[LARGE].items()
        if count > sent[SMALL][name] * ALLOWED and not name.startswith(("upkeep", "home"))
    }
    assert more == {}


def signer_of(services: Services) -> str:
    query = select(Recipient.id).where(Recipient.state == "invited").order_by(Recipient.id).limit(1)
    with services.database.reading() as session:
        return session.execute(query).scalar_one()
