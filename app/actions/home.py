"""What the app's main page tells beside its list: what waits, what is remembered, whether all is set up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from app.core.record import PortalUser, RecordKey, record_path
from app.core.signing import Stage
from app.documents.convert import Converter
from app.services import Services
from app.store import board, company_keys, envelopes, installations, layouts, templates
from app.store import signing as store

KEY_WARNS = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the self-check. `key`: mail, sms, stamp (time-stamp authority) or print."""

    key: str
    is_ready: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """The portal at a glance."""

    checks: tuple[Check, ...]
    template_names: tuple[str, ...]
    layout_count: int
    counts: Mapping[str, int]
    """Envelopes this person sees, by column of the board."""
    to_sign: int
    """How many documents wait for this person's signature."""
    notice: str = ""
    """What an administrator should look at: the installation's notice."""
    key_ends_on: str = ""
    """The day ("2026-12-31") on which a sealing key that the portal brought ends, when that is near."""

    @property
    def is_ready(self) -> bool:
        """Whether nothing is left to set up."""
        return all(check.is_ready for check in self.checks)


def overview(services: Services, who: PortalUser) -> Overview:
    """Return the state of the app on this portal; asks no other machine."""
    with services.database.reading() as session:
        names = tuple(row.name for row in templates.current(session, who.portal_id))
        notice = installations.get(session, who.portal_id).notice
        count = len(layouts.used_last(session, who.portal_id, limit=100))
        counts = board.counts(session, who)
        ends_on = company_keys.ends_on(session, who.portal_id, services.now() + KEY_WARNS)
        seats = [
            store.desk(session, one.envelope_id, one.id) for one in board.seats_of(session, who)
        ]
    now = services.now()
    to_sign = sum(desk.stage(now) is Stage.READY for desk in seats)
    ready = {kind.value for kind in services.channels.kinds}
    checks = (
        Check("mail", "email" in ready),
        Check("sms", "sms" in ready),
        Check("stamp", bool(services.settings.tsa_urls.split())),
        Check("print", _can_print(services.converter)),
    )
    return Overview(
        checks=checks,
        template_names=names,
        layout_count=count,
        counts=counts,
        to_sign=to_sign,
        notice=notice,
        key_ends_on=ends_on,
    )


def record_address(services: Services, envelope_id: str) -> str:
    """Return the address of the envelope's record on its own portal, whose sign-in guards it; raises NotFound."""
    with services.database.reading() as session:
        envelope = envelopes.get(session, envelope_id)
        endpoint = installations.get(session, envelope.portal_id).client_endpoint
    origin = endpoint.rstrip("/").removesuffix("/rest")
    return origin + record_path(RecordKey(envelope.entity_type_id, envelope.entity_id))


def _can_print(converter: Converter) -> bool:
    return converter.state().ready
