"""Figures of the whole installation for monitoring; from the database, so every process tells the same."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta

from app.errors import ParaphError
from app.metrics import Labels, Metric, as_text
from app.services import Services
from app.store import counts, heartbeats
from app.store.heartbeats import SILENT_AFTER

HOUR = timedelta(hours=1)


def figures(services: Services) -> str:
    """Return the figures in Prometheus' text format. No name, address or number of a portal is in them."""
    return as_text([*_stored(services), *_flows(services), *_machine(services)])


def _stored(services: Services) -> Iterator[Metric]:
    now = services.now()
    with services.database.reading() as session:
        yield Metric("portals", "Portals by state of the installation", counts.portals(session))
        yield Metric("envelopes", "Envelopes by status", counts.envelopes(session))
        yield Metric(
            "deliveries_last_hour",
            "Messages asked for in the last hour, by channel and state",
            counts.deliveries(session, since=now - HOUR),
        )
        yield Metric(
            "portal_calls_last_hour",
            "Calls to portals in the last hour, by HTTP status",
            counts.portal_calls(session, since=now - HOUR),
        )
        waits = counts.longest_wait_s(session, now=now)
        yield Metric(
            "seal_wait_seconds",
            "How long the oldest signed envelope waits for its seal",
            {(): waits},
        )
        living = heartbeats.since(session, now - SILENT_AFTER)
        yield Metric("workers", "Workers heard of in the last minute", {(): len(living)})


def _flows(services: Services) -> Iterator[Metric]:
    waiting: dict[Labels, float] = {
        (("flow", name), ("status", status.lower())): count
        for (name, status), count in services.jobs.open_counts().items()
    }
    yield Metric("flows", "Flows that wait or run", waiting)


def _machine(services: Services) -> Iterator[Metric]:
    free = shutil.disk_usage(services.settings.data).free
    yield Metric("disk_free_bytes", "Free space under the data folder of this host", {(): free})
    yield from _seal(services)
    version = (("version", str(services.manifest.app.version)),)
    yield Metric("build", "1, with the version that runs", {version: 1})


def _seal(services: Services) -> Iterator[Metric]:
    """Whether the installation's key can be read, and, if so, how long its certificate lasts."""
    try:
        left = services.sealing_key.expires_at - services.now()
    except ParaphError:
        yield Metric("sealing_key_readable", "1 while the sealing key can be read", {(): 0})
        return
    yield Metric("sealing_key_readable", "1 while the sealing key can be read", {(): 1})
    yield Metric(
        "sealing_certificate_seconds",
        "Until the sealing certificate ends",
        {(): left.total_seconds()},
    )
