"""The one schema. Every row carries its portal; times are aware UTC; JSON columns hold plain values.

Secrets are stored encrypted (`*_enc`) or as keyed hashes (`*_hash`); files only by their SHA-256.
"""

from __future__ import annotations

from app.store.tables.begun import BegunForm
from app.store.tables.envelopes import (
    AuditDay,
    AuditDetails,
    AuditRow,
    Correction,
    Document,
    Envelope,
    FieldRow,
    Recipient,
)
from app.store.tables.heartbeats import Heartbeat
from app.store.tables.keeping import CompanyKey, Keeping, RetentionRule
from app.store.tables.layouts import Layout, Template
from app.store.tables.many import ManyRun
from app.store.tables.ours import KeptSignature, OurCompanyRow
from app.store.tables.portals import (
    Installation,
    PortalEventRow,
    PortalToken,
    RestCallRow,
    RobotCallRow,
)
from app.store.tables.schema import Table, UtcTime
from app.store.tables.sending import Delivery, MessageText, SigningCode, SigningLink
from app.store.tables.upkeep import Canary, Counter, Lease, RateLimit

__all__ = [
    "AuditDay",
    "AuditDetails",
    "AuditRow",
    "BegunForm",
    "Canary",
    "CompanyKey",
    "Correction",
    "Counter",
    "Delivery",
    "Document",
    "Envelope",
    "FieldRow",
    "Heartbeat",
    "Installation",
    "Keeping",
    "KeptSignature",
    "Layout",
    "Lease",
    "ManyRun",
    "MessageText",
    "OurCompanyRow",
    "PortalEventRow",
    "PortalToken",
    "RateLimit",
    "Recipient",
    "RestCallRow",
    "RetentionRule",
    "RobotCallRow",
    "SigningCode",
    "SigningLink",
    "Table",
    "Template",
    "UtcTime",
]
