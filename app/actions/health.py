"""What keeps this process from working, in sentences for an operator."""

from __future__ import annotations

from app.services import Services
from app.store import schema


def faults(services: Services) -> list[str]:
    """Return what is missing; an empty list means ready."""
    checks = {
        "The database is not at the newest schema; run bin/app migrate.": _is_migrated,
        "The data folder cannot be written.": _can_write,
    }
    return [text for text, is_fine in checks.items() if not is_fine(services)]


def _is_migrated(services: Services) -> bool:
    return schema.is_current(services.database)


def _can_write(services: Services) -> bool:
    probe = services.settings.data / ".probe"
    try:
        probe.write_bytes(b"")
        probe.unlink()
    except OSError:
        return False
    return True
