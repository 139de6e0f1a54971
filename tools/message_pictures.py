"""Pictures of every message in English and French, as people see them in the demo's inbox and phone.

    python -m tools.message_pictures        # docs/messages/<message>-<language>.png

Each message leaves through our real channels, to the mail server and SMS gateway of a pretend portal, and is
photographed there. People and companies are those of the demo.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops
from playwright.sync_api import Page, ViewportSize, sync_playwright

from app.delivery.channel import Attachment, Kind, Message
from app.delivery.channels import Channels, open_channels
from app.delivery.message_values import NEEDS
from app.delivery.messages import render
from app.settings import ROOT, Settings
from emulator.server import Emulator, start
from emulator.web import SMS_KEY
from tools.pictures import open_browser, smaller

FOLDER = ROOT / "docs" / "messages"
LANGUAGES = ("en", "fr")
COLLEAGUE = "invitation-colleague"
TO_SENDER = frozenset({"declined", "ending", "expired", "handover", "not_meant", "renewal"})
OWN_LINK = frozenset({"ending", "handover"})
"""What leads a sender to a page of ours rather than to the record."""
WITHOUT_LINK = TO_SENDER - OWN_LINK | {"code", "copy", "voided"}
MESSAGES = (*sorted(NEEDS), COLLEAGUE)
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
TITLES = {"en": "Services contract no. 2026-014", "fr": "Contrat de prestation n° 2026-014"}
DEADLINES = {"en": "18 December 2026", "fr": "18 décembre 2026"}
SIGNED = {"en": "24 November 2026", "fr": "24 novembre 2026"}
NOTES = {
    "en": "Here is the contract that we spoke about.",
    "fr": "Voici le contrat dont nous avons parlé.",
}
REASONS = {"en": "The date does not suit us.", "fr": "La date ne nous convient pas."}
RECORDS = {"en": "Lighting for the hall", "fr": "Éclairage du hall"}
INBOX = "camille.renard@example.com"
PHONES = {"en": ("+33199000241", "+33199000242"), "fr": ("+33199000243", "+33199000244")}
"""Two a language: all SMS together are longer than a phone."""
LINK = "https://sign.example.com/s/kT3vQm8yX2LrB7cN5pWz4DfJ6hGs9AeU1oRi0YnVqMt"
RECORD = "https://atelier-lumen.example.com/crm/deal/details/1/"
WIDE, TALL = 1180, 1250


def values(name: str, lang: str, channel: Kind) -> dict[str, object]:
    """Return what the picture's message says."""
    to_us, to_sender = name == COLLEAGUE, name in TO_SENDER
    return {
        "channel": channel.value,
        "recipient_name": "Hélène Marchand" if to_us or to_sender else "Camille Renard",
        "recipient_role": "us" if to_us else "sender" if to_sender else "client",
        "sender_name": "Hélène Marchand",
        "sender_email": "helene.marchand@example.com",
        "company_name": "Atelier Lumen",
        "client": "Exemple SAS",
        "title": TITLES[lang],
        "number": "P-2026-000014",
        "record_title": RECORDS[lang],
        "message": NOTES[lang] if name == "invitation" else "",
        "link": RECORD
        if name in TO_SENDER - OWN_LINK
        else ""
        if name in WITHOUT_LINK
        else LINK.replace("/s/", "/s/later/" if name == "ending" else "/s/"),
        "code": "482913" if name == "code" else "",
        "deadline": DEADLINES[lang],
        "reason": REASONS[lang] if name in ("declined", "voided") else "",
        "by_name": "Camille Renard",
        "waiting": "Camille Renard" if name == "ending" else "",
        "base_url": "https://sign.example.com",
        "signers": (("Hélène Marchand", SIGNED[lang]), ("Camille Renard", SIGNED[lang])),
    }


def message(name: str, lang: str, channel: Kind) -> Message:
    """Return one message, ready for its channel."""
    template = "invitation" if name == COLLEAGUE else name
    made = render(template, lang, values(name, lang, channel))
    paper = Attachment(f"{TITLES[lang]}.pdf", "application/pdf", b"%PDF-1.7\n%%EOF\n")
    return Message(
        to=_address(name) if channel is Kind.EMAIL else _phone_of(name, lang),
        channel=channel,
        subject=made.subject,
        text=made.text,
        html=made.html,
        message_id=f"picture-{name}-{lang}",
        reply_to="helene.marchand@example.com" if channel is Kind.EMAIL else "",
        from_name="Hélène Marchand (Atelier Lumen)",
        attachments=(paper,) if name == "copy" and channel is Kind.EMAIL else (),
    )


def _address(name: str) -> str:
    return INBOX if name not in TO_SENDER | {COLLEAGUE} else "helene.marchand@example.com"


def _phone_of(name: str, lang: str) -> str:
    return PHONES[lang][MESSAGES.index(name) * 2 // len(MESSAGES)]


def channels_to(portal: Emulator) -> Channels:
    """Return our channels, set up for the portal's mail server and gateway."""
    settings = Settings.model_validate(
        {
            "smtp_host": "127.0.0.1",
            "smtp_port": portal.smtp_port,
            "smtp_tls": "none",
            "sms_url": f"{portal.services_url}/sms/send",
            "sms_key": SMS_KEY,
        }
    )
    return open_channels(settings, now=lambda: NOW)


def take_all(folder: Path = FOLDER) -> list[Path]:
    """Send and photograph every message; return the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with start(app_url="http://localhost:8610") as portal, _page() as page:
        channels = channels_to(portal)
        taken = []
        for lang in LANGUAGES:
            for name in MESSAGES:
                channels.send(message(name, lang, Kind.EMAIL))
                taken.append(_mail(page, portal, folder / f"{name}-{lang}.png"))
                channels.send(message(name, lang, Kind.SMS))
            for part, phone in enumerate(PHONES[lang], 1):
                taken.append(_phone(page, portal, phone, folder / f"sms-{part}-{lang}.png"))
        return taken


def _mail(page: Page, portal: Emulator, target: Path) -> Path:
    with portal.state.lock:
        newest = portal.state.mails[-1].id
    page.set_viewport_size(ViewportSize(width=WIDE, height=TALL))
    page.goto(f"{portal.portal_url}/inbox/?m={newest}")
    page.wait_for_load_state("networkidle")
    shot = page.get_by_test_id("mail-read").screenshot(animations="disabled")
    target.write_bytes(smaller(_trimmed(shot, 20)))
    return target


def _trimmed(png: bytes, edge: int) -> bytes:
    """Return `png` without the empty ground below the message; `edge`: pixels of frame at the bottom."""
    picture = Image.open(BytesIO(png)).convert("RGB")
    inner = picture.crop((0, 0, picture.width, picture.height - edge))
    ground = Image.new("RGB", inner.size, inner.getpixel((inner.width // 2, inner.height - 1)))
    lowest = (ImageChops.difference(inner, ground).getbbox() or (0, 0, 0, picture.height))[3]
    out = BytesIO()
    picture.crop((0, 0, picture.width, min(picture.height, lowest + 20))).save(out, "PNG")
    return out.getvalue()


def _phone(page: Page, portal: Emulator, number: str, target: Path) -> Path:
    page.set_viewport_size(ViewportSize(width=900, height=1500))
    page.goto(f"{portal.portal_url}/phone/?n={number.replace('+', '%2B')}")
    page.wait_for_load_state("networkidle")
    shot = page.get_by_test_id("bubbles").screenshot(animations="disabled")
    target.write_bytes(smaller(_trimmed(shot, 60)))
    return target


@contextmanager
def _page() -> Iterator[Page]:
    with sync_playwright() as playwright, open_browser(playwright) as browser:
        context = browser.new_context(device_scale_factor=1, locale="en-GB")
        yield context.new_page()


if __name__ == "__main__":
    for picture in take_all():
        sys.stdout.write(f"{picture.relative_to(ROOT)}\n")
