"""The REST methods, one module per section of the documentation."""

from __future__ import annotations

import importlib

MODULES = (
    "system",
    "users",
    "placement",
    "event",
    "bizproc",
    "item",
    "item_add",
    "crm_type",
    "classic",
    "requisite",
    "directory",
    "activity",
    "configurable",
    "badge",
    "timeline",
    "document",
    "trigger",
)


def load() -> None:
    """Register every method."""
    for name in MODULES:
        importlib.import_module(f"emulator.rest.methods.{name}")
