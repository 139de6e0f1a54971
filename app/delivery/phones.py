"""Phone numbers as people write them, and addresses half hidden (E.164; Google's libphonenumber)."""

from __future__ import annotations

import phonenumbers

from app.errors import BadInput


def normalise(text: str, *, region: str = "FR") -> str:
    """Return `text` in E.164 ("+33199000012"); a national number is read as one of `region`.

    Raises BadInput.
    """
    try:
        number = phonenumbers.parse(text, region.upper())
    except phonenumbers.NumberParseException as error:
        raise BadInput("This is not a phone number.", field="phone") from error
    if not phonenumbers.is_valid_number(number):
        raise BadInput("This phone number does not exist. Please check it.", field="phone")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def pretty(e164: str) -> str:
    """Return `e164` grouped for reading ("+33 1 99 00 00 12"); anything else comes back as it is."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def zone_of(e164: str) -> str:
    """Return the time zone of `e164` where its number tells just one ("Europe/Paris"), else ""."""
    # Imported here: its table takes four megabytes, and only the worker asks for the hour at a person's place.
    from phonenumbers import timezone

    try:
        zones = timezone.time_zones_for_number(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return ""
    return (
        str(zones[0]) if len(zones) == 1 and "/" in zones[0] and zones[0] != "Etc/Unknown" else ""
    )


def masked(e164: str) -> str:
    """Return `e164` so that only its owner knows it again: "+33 • •• •• •• 12"."""
    shown = pretty(e164)
    digits = [place for place, char in enumerate(shown) if char.isdigit()]
    country = len(shown.split(" ")[0]) if shown.startswith("+") else 0
    hidden = {place for place in digits[:-2] if place >= country}
    return "".join("•" if place in hidden else char for place, char in enumerate(shown))


def masked_email(address: str) -> str:
    """Return `address` half hidden: "c•••@example.com"."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"
