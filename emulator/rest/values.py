"""How the portal writes values: dates with its offset, Y/N, numbers, ids as texts."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from emulator.rest.errors import RestError

try:
    PORTAL_ZONE: Any = ZoneInfo("Europe/Paris")
except ZoneInfoNotFoundError:
    PORTAL_ZONE = timezone(timedelta(hours=1))


def iso(moment: datetime | None) -> str:
    """Return `2026-03-20T13:51:45+01:00`, empty for none."""
    return moment.astimezone(PORTAL_ZONE).isoformat(timespec="seconds") if moment else ""


def iso_or_null(moment: datetime | None) -> str | None:
    return iso(moment) or None


def yn(value: Any) -> str:
    return "Y" if value else "N"


def number(value: Decimal) -> int | float:
    """Return a JSON number: whole amounts without a fraction, as PHP writes them."""
    return int(value) if value == value.to_integral_value() else float(value)


def is_yes(value: Any) -> bool:
    """Return whether a parameter means yes: Y, 1, true."""
    return str(value).strip().lower() in ("y", "1", "true")


def as_int(value: Any, default: int = 0) -> int:
    """Return a parameter as PHP casts it: `"12abc"` is 12, nonsense is `default`."""
    if isinstance(value, bool):
        return int(value)
    text = str(value if value is not None else "").strip()
    digits = text.lstrip("-")
    end = next((i for i, c in enumerate(digits) if not c.isdigit()), len(digits))
    if not digits[:end]:
        return default
    sign = -1 if text.startswith("-") else 1
    return sign * int(digits[:end])


def as_time(value: Any) -> datetime | None:
    """Return a date parameter as an aware time, none when empty.

    Raises RestError WRONG_DATETIME_FORMAT.
    """
    text = str(value or "").strip()
    if not text:
        return None
    for parse in (datetime.fromisoformat, french):
        try:
            moment = parse(text)
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=PORTAL_ZONE)
    raise RestError("WRONG_DATETIME_FORMAT", "Wrong datetime format")


def french(text: str) -> datetime:
    return datetime.strptime(text, "%d.%m.%Y %H:%M:%S" if " " in text else "%d.%m.%Y")  # noqa: DTZ007


def empty_map(value: dict[str, Any]) -> Any:
    """Return `[]` for an empty map: PHP knows one kind of array."""
    return value or []
