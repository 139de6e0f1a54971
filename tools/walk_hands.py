"""The hands of the walk: what a salesperson does in the portal, and what a signer does on a phone.

Every selector is a data-testid; emulator/pages/README.md lists the portal's.
"""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, FrameLocator, Locator, Page, expect

PATIENCE_S = 60.0
POLL_S = 0.15


class NotSeen(Exception):
    """The walk waited for something that did not come."""


def until(what: str, look: Callable[[], Any], *, patience_s: float = PATIENCE_S) -> Any:
    """Return the first truthy answer of `look`; raises NotSeen naming `what`."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(POLL_S)
    raise NotSeen(f"not seen within {patience_s:.0f} s: {what}")


@dataclass
class Portal:
    """A salesperson's browser window, and the portal's own view of what happened."""

    page: Page
    url: str

    def state(self, query: str = "") -> Any:
        """Return what the portal's control interface says under `query`."""
        with urllib.request.urlopen(f"{self.url}/emulator/{query}", timeout=10) as answer:  # noqa: S310
            return json.load(answer)

    def frame(self) -> FrameLocator:
        """Return the application's frame on top."""
        return self.page.frame_locator("[data-testid=app-frame]").last

    def install(self) -> None:
        """Install the app as the administrator, until its main page shows."""
        self.page.goto(f"{self.url}/market/")
        self.page.get_by_test_id("install-app").click()
        expect(self.frame().get_by_test_id("home")).to_be_visible(timeout=PATIENCE_S * 1000)

    def open_deal(self, deal_id: int) -> None:
        """Open a deal's card."""
        self.page.goto(f"{self.url}/crm/deal/details/{deal_id}/")

    def click_sign(self) -> None:
        """Document > Extensions > Sign, in the open deal."""
        self.page.get_by_test_id("document-menu").click()
        self.page.get_by_test_id("extensions-menu").click()
        self.page.locator("[data-testid^=ext-]:visible").first.click()

    def make_document(self, deal_id: int, template_id: int) -> str:
        """Have the portal's generator make a document; return its id once it is a PDF."""
        self.page.get_by_test_id("document-menu").click()
        self.page.get_by_test_id(f"doc-template-{template_id}").click()

        def converted() -> str:
            made = self.state(f"state?deal={deal_id}")["documents"]
            return str(made[0]["id"]) if made and made[0].get("pdf_ready", True) else ""

        return str(until("the portal's document", converted))

    def sign_record(self) -> None:
        """Sign, in the menu of the newest document record of the timeline."""
        record = self.page.locator("[data-testid^=record-][data-kind=CRM_DOCUMENT]").first
        number = str(record.get_attribute("data-testid")).removeprefix("record-")
        self.page.get_by_test_id(f"record-menu-{number}").click()
        self.page.get_by_test_id(f"record-extensions-{number}").click()
        self.page.locator("[data-testid^=ext-]:visible").first.click()

    def place_signature(self, owner: str, place: tuple[float, float]) -> None:
        """Add a signature field for `owner` and drag it to `place`, fractions of the first page."""
        frame = self.frame()
        frame.get_by_test_id(f"owner-{owner}").click()
        frame.get_by_test_id("add-signature").click()
        field = frame.locator(f"[data-testid=field-{owner}-signature]").last
        sheet = frame.get_by_test_id("page-1")
        box = sheet.bounding_box()
        if box is None:
            raise NotSeen("the first page")
        drag(
            self.page,
            field,
            (box["x"] + box["width"] * place[0], box["y"] + box["height"] * place[1]),
        )

    def close_slider(self) -> None:
        """Close the slider on top."""
        self.page.get_by_test_id("slider-close").last.click()

    def mail_link(self, to: str, *, after: int = 0) -> str:
        """Return the signing link of the first mail to `to` among those after number `after`."""

        def look() -> str:
            for mail in self.state("mails")[after:]:
                links = [link for link in mail["links"] if "/s/" in link]
                if to in mail["to"] and links:
                    return str(links[0])
            return ""

        return str(until(f"a mail to {to}", look))

    def code(self, to: str, *, after: int) -> str:
        """Return the one-time code in a mail to `to` that came after number `after`."""

        def look() -> str:
            return newest_code(m["text"] for m in self.state("mails")[after:] if to in m["to"])

        return str(until(f"a code to {to}", look))

    def sms_code(self, to: str, *, after: int) -> str:
        """Return the one-time code in an SMS to `to` that came after number `after`."""

        def look() -> str:
            return newest_code(s["text"] for s in self.state("sms")[after:] if s["to"] == to)

        return str(until(f"a code to {to}", look))

    def sms_link(self, to: str, *, after: int) -> str:
        """Return the signing link of the newest SMS to `to` after number `after`."""

        def look() -> str:
            texts = [s["text"] for s in self.state("sms")[after:] if s["to"] == to]
            found = [re.search(r"https?://\S+/s/\S+", text) for text in texts]
            return next((match[0] for match in reversed(found) if match), "")

        return str(until(f"an SMS to {to}", look))

    def sealed_file(self, deal_id: int) -> dict[str, Any]:
        """Return the sealed PDF's file of a comment on the deal: {"id", "name"}."""

        def look() -> dict[str, Any]:
            for entry in self.state(f"state?deal={deal_id}")["timeline"]:
                if entry["kind"] == "comment" and entry["files"]:
                    return dict(entry["files"][0])
            return {}

        return dict(until(f"the sealed PDF on deal {deal_id}", look))

    def download(self, file_id: int) -> bytes:
        """Return a file of the portal."""
        with urllib.request.urlopen(f"{self.url}/emulator/files/{file_id}", timeout=10) as answer:  # noqa: S310
            return bytes(answer.read())


@dataclass
class Signer:
    """A person with a phone and nothing else."""

    phone: BrowserContext

    @classmethod
    def with_phone(cls, browser: Browser) -> Signer:
        """Return a signer with a new phone."""
        phone = browser.new_context(
            viewport={"width": 390, "height": 844},
            device_scale_factor=2,
            has_touch=True,
            is_mobile=True,
            locale="fr-FR",
        )
        return cls(phone)

    def sign(self, link: str, *, read_code: Callable[[], str] | None, way: str = "typed") -> Page:
        """Open the link, consent, sign `way` (typed or drawn), enter the code when asked; return the page."""
        page = self.phone.new_page()
        page.goto(link)
        self.sign_here(page, way=way)
        if read_code is not None:
            page.get_by_test_id("code").first.wait_for()
            page.get_by_test_id("code").first.press_sequentially(read_code())
        page.locator("[data-testid^=state-]").wait_for(timeout=PATIENCE_S * 1000)
        return page

    @staticmethod
    def sign_here(page: Page, *, way: str = "typed") -> None:
        """Go from field to field to the signature, consent, and press the button that names the act."""
        go = page.locator("#bar-go")
        go.wait_for()
        go.click()
        if way == "drawn":
            page.get_by_test_id("tab-drawn").click()
            draw(page)
        page.get_by_test_id("consent").check()
        page.get_by_test_id("sign").click()


def newest_code(texts: Iterable[str]) -> str:
    """Return the last run of six digits in `texts`, "" without one."""
    found = [match[1] for text in texts for match in re.finditer(r"\b(\d{6})\b", text)]
    return found[-1] if found else ""


def drag(page: Page, what: Locator, to: tuple[float, float]) -> None:
    """Drag by the upper left corner with the pointer, as a hand does: press, move in steps, let go."""
    what.scroll_into_view_if_needed()
    box = what.bounding_box()
    if box is None:
        raise NotSeen("what should be dragged")
    page.mouse.move(box["x"] + 12, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(to[0] + 12, to[1] + 12, steps=12)
    page.mouse.up()


def draw(page: Page) -> None:
    """Draw a small wave on the pad."""
    box = page.get_by_test_id("pad").bounding_box()
    if box is None:
        raise NotSeen("the signature pad")
    left, top = box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.5
    page.mouse.move(left, top)
    page.mouse.down()
    for n in range(1, 25):
        lift = box["height"] * 0.15 * (1 if n % 6 < 3 else -1)
        page.mouse.move(left + n * box["width"] * 0.024, top + lift)
    page.mouse.up()
