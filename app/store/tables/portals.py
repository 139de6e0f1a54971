"""Portals: installations, tokens, what they asked of us and what we asked of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables.schema import Id, Table


class Installation(Table):
    """Our app on one portal. `member_id` never changes, `domain` may."""

    __tablename__ = "installations"
    portal_id: Mapped[str] = mapped_column(Id, primary_key=True)
    member_id: Mapped[str] = mapped_column(String(64), unique=True)
    domain: Mapped[str]
    client_endpoint: Mapped[str]
    state: Mapped[str] = mapped_column(String(16), default="active")
    """active; unpaid or parked (the portal does not answer any more): work waits; closed: the app was removed."""
    lang: Mapped[str] = mapped_column(String(8), default="en")
    version: Mapped[str] = mapped_column(String(16), default="")
    scope: Mapped[str] = mapped_column(Text, default="")
    application_token_hash: Mapped[str] = mapped_column(String(64), default="")
    admin_user_id: Mapped[str] = mapped_column(String(20), default="")
    """Whose token background work uses."""
    preferences: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    installed_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    notice: Mapped[str] = mapped_column(String(24), default="")
    """What an administrator should know: ADMIN_REPLACED, NO_ADMIN, UNPAID, PARKED; "" when all is well."""
    notice_at: Mapped[datetime | None]
    license: Mapped[str] = mapped_column(String(40), default="")
    """The portal's plan as app.info names it: "fr_ent250"."""
    registered: Mapped[str] = mapped_column(String(300), default="")
    """Fingerprint of the manifest that this portal was last brought to match completely."""
    farewell_enc: Mapped[str] = mapped_column(Text, default="")
    """After an uninstall: the administrator's refresh token, to ask once whether the app is truly gone."""


class PortalToken(Table):
    """The OAuth pair of one portal user, encrypted."""

    __tablename__ = "portal_tokens"
    portal_id: Mapped[str] = mapped_column(
        Id, ForeignKey("installations.portal_id"), primary_key=True
    )
    user_id: Mapped[str] = mapped_column(String(20), primary_key=True)
    access_enc: Mapped[str]
    refresh_enc: Mapped[str]
    expires_at: Mapped[datetime]
    client_endpoint: Mapped[str]
    is_admin: Mapped[bool] = mapped_column(default=False)
    """Whether the portal named this user an administrator when they last opened the main page."""
    __table_args__ = (Index(None, "expires_at"),)


class RobotCallRow(Table):
    """A call of our automation rule, kept before it is answered. Unique by portal and event token."""

    __tablename__ = "robot_calls"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    portal_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.portal_id"))
    event_token: Mapped[str] = mapped_column(String(255))
    code: Mapped[str] = mapped_column(String(80))
    entity_type_id: Mapped[int]
    entity_id: Mapped[str] = mapped_column(String(20))
    properties: Mapped[dict[str, Any]] = mapped_column(JSON)
    user_id: Mapped[str] = mapped_column(String(20), default="")
    """Whose access token came with the call, proven; "" when none did, or nobody could say."""
    access_enc: Mapped[str] = mapped_column(Text, default="")
    """That token, until its owner is known."""
    waits: Mapped[bool] = mapped_column(default=False)
    envelope_id: Mapped[str] = mapped_column(Id, default="", index=True)
    received_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    run_id: Mapped[str] = mapped_column(Id, default="", index=True)
    """The sending of many at once that this is one of; "" for a call of an automation rule."""
    title: Mapped[str] = mapped_column(Text, default="")
    """Of the record, for one of many."""
    asked_at: Mapped[datetime | None]
    """When its flow was asked for; one of many waits its turn."""
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    __table_args__ = (
        UniqueConstraint("portal_id", "event_token"),
        Index(None, "answered_at", "received_at"),
    )


class PortalEventRow(Table):
    """A portal event as it came, kept before the 200; a hint, never a fact."""

    __tablename__ = "portal_events"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    portal_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.portal_id"), index=True)
    event: Mapped[str] = mapped_column(String(64))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    received_at: Mapped[datetime]


class RestCallRow(Table):
    """One exchange with a portal, masked. Kept for the days the Market asks for, then pruned."""

    __tablename__ = "rest_calls"
    id: Mapped[int] = mapped_column(primary_key=True)
    portal_id: Mapped[str] = mapped_column(Id, ForeignKey("installations.portal_id"))
    user_id: Mapped[str] = mapped_column(String(20), default="")
    at: Mapped[datetime] = mapped_column(index=True)
    method: Mapped[str] = mapped_column(String(80))
    asked: Mapped[Any] = mapped_column(JSON)
    answered: Mapped[Any] = mapped_column(JSON)
    status: Mapped[int]
    error: Mapped[str] = mapped_column(String(80), default="")
    ms: Mapped[int]
    attempt: Mapped[int] = mapped_column(default=1)
    __table_args__ = (Index(None, "portal_id", "at"),)
