"""Fills a database with portals and envelopes as years of use do: most sealed, some under way."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from app.store.database import Database
from app.store.tables import (
    Delivery,
    Document,
    Envelope,
    FieldRow,
    Installation,
    PortalToken,
    Recipient,
    RobotCallRow,
    SigningLink,
    Table,
)

AT_ONCE = 2000
STATUSES = ("sealed",) * 80 + ("sent",) * 9 + ("declined",) * 5 + ("draft",) * 4 + ("voided",) * 2
DEALS = 4
"""Envelopes a deal has, one with another."""
YEARS = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many there are, and the portal of which we look at pages."""

    ours: str
    portals: int
    envelopes: int
    now: datetime


def fill(database: Database, crowd: Crowd, *, first: int = 0) -> None:
    """Add the envelopes from number `first` on; a tenth of them, or all of one portal's, are ours."""
    luck = random.Random(first + 7)
    if not first:
        _add(database, Installation, (_portal(crowd, n) for n in range(1, crowd.portals)))
        _add(database, PortalToken, (_token(crowd, n) for n in range(1, crowd.portals)))
    many = [_one(crowd, luck, number) for number in range(first, crowd.envelopes)]
    _add(database, Envelope, iter(many))
    _add(database, Document, (_paper(one) for one in many))
    _add(database, Recipient, (_person(one, role) for one in many for role in ("us", "client")))
    _add(database, FieldRow, (_field(one, role) for one in many for role in ("us", "client")))
    _add(database, SigningLink, (_link(one, role) for one in many for role in ("us", "client")))
    _add(database, Delivery, (_mail(one, role) for one in many for role in ("us", "client")))
    _add(database, RobotCallRow, (_call(one) for one in many[::5]))


def _add(database: Database, table: type[Table], rows: Iterator[dict[str, Any]]) -> None:
    some: list[dict[str, Any]] = []
    with database.transaction() as session:
        for row in rows:
            some.append(row)
            if len(some) == AT_ONCE:
                session.execute(insert(table), some)
                some = []
        if some:
            session.execute(insert(table), some)


def _portal(crowd: Crowd, number: int) -> dict[str, Any]:
    return {
        "portal_id": f"portal-{number}",
        "member_id": f"member-{number}",
        "domain": f"p{number}.example.com",
        "client_endpoint": f"https://p{number}.example.com/rest/",
        "admin_user_id": "1",
        "installed_at": crowd.now - YEARS,
    }


def _token(crowd: Crowd, number: int) -> dict[str, Any]:
    return {
        "portal_id": f"portal-{number}",
        "user_id": "1",
        "access_enc": "-",
        "refresh_enc": "-",
        "expires_at": crowd.now,
        "client_endpoint": f"https://p{number}.example.com/rest/",
    }


def _one(crowd: Crowd, luck: random.Random, number: int) -> dict[str, Any]:
    portal = number % crowd.portals
    status = luck.choice(STATUSES)
    at = crowd.now - timedelta(days=8) - YEARS * luck.random()
    is_open = status in ("sent", "draft")
    return {
        "id": f"e{number}",
        "portal_id": f"portal-{portal}" if portal else crowd.ours,
        "number": f"C-{number}",
        "entity_type_id": 2,
        "entity_id": str(1 + number // crowd.portals // DEALS),
        "record_title": f"Lighting {number}",
        "title": "Services contract",
        "status": status,
        "document_type": "template:services_contract.en",
        "source": {"kind": "template", "template_id": "t", "slug": "services_contract.en"},
        "prepare_state": "ready",
        "created_by": str(1 + number % 3),
        "sender_name": "Claire Lumen",
        "created_at": at,
        "sent_at": None if status == "draft" else at,
        "deadline": crowd.now + timedelta(days=30) if status == "sent" else None,
        "finished_at": None if is_open else at + timedelta(days=1),
        "report_state": "done" if status == "sealed" else "none",
    }


def _paper(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "d" + one["id"],
        "portal_id": one["portal_id"],
        "envelope_id": one["id"],
        "name": "Services contract",
        "printed_digest": "ab" * 32,
        "sealed_digest": f"{one['id']:0>64}" if one["status"] == "sealed" else "",
        "page_count": 1,
        "page_sizes": [[595.0, 842.0]],
    }


def _person(one: dict[str, Any], role: str) -> dict[str, Any]:
    is_done = one["status"] == "sealed"
    state = "signed" if is_done else "invited" if one["status"] == "sent" else "waiting"
    return {
        "id": f"{role[0]}{one['id']}",
        "portal_id": one["portal_id"],
        "envelope_id": one["id"],
        "role_key": role,
        "order": 1 if role == "us" else 2,
        "state": state,
        "name": f"Person {one['number']}",
        "email": f"{role}@example.org",
        "portal_user_id": one["created_by"] if role == "us" else "",
        "signed_at": one["finished_at"] if is_done else None,
        "invited_at": one["sent_at"],
    }


def _field(one: dict[str, Any], role: str) -> dict[str, Any]:
    return {
        "id": f"f{role[0]}{one['id']}",
        "portal_id": one["portal_id"],
        "envelope_id": one["id"],
        "document_id": "d" + one["id"],
        "key": f"{role}-signature-1",
        "kind": "signature",
        "role": role,
        "page": 0,
        "x": 0.1,
        "y": 0.2,
        "w": 0.3,
        "h": 0.08,
    }


def _link(one: dict[str, Any], role: str) -> dict[str, Any]:
    return {
        "id": f"l{role[0]}{one['id']}",
        "portal_id": one["portal_id"],
        "recipient_id": f"{role[0]}{one['id']}",
        "token_hash": f"{role[0]}{one['id']:0>63}",
        "created_at": one["created_at"],
        "expires_at": one["created_at"] + timedelta(days=30),
    }


def _mail(one: dict[str, Any], role: str) -> dict[str, Any]:
    return {
        "id": f"m{role[0]}{one['id']}",
        "key": f"invitation:{role}:{one['id']}",
        "portal_id": one["portal_id"],
        "envelope_id": one["id"],
        "recipient_id": f"{role[0]}{one['id']}",
        "purpose": "invitation",
        "channel": "email",
        "address": f"{role}@example.org",
        "state": "accepted",
        "created_at": one["created_at"],
        "accepted_at": one["created_at"],
    }


def _call(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "r" + one["id"],
        "portal_id": one["portal_id"],
        "event_token": one["id"],
        "code": "paraph_send",
        "entity_type_id": 2,
        "entity_id": one["entity_id"],
        "properties": {},
        "envelope_id": one["id"],
        "received_at": one["created_at"],
        "answered_at": one["created_at"],
    }
