"""What people do in a journey, through the doors a browser uses: install, send from a frame, sign by a link."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

import requests

from emulator.demo_data import CLIENT_ID
from tests.journeys.kit import Scene, until

DIRECTOR = 1
"""The portal's administrator, who signs for our company."""
TICKET, RECORD = "X-Paraph-Ticket", "X-Paraph-Record"
BROWSER = {"User-Agent": "Mozilla/5.0 (journey)", "Accept": "text/html", "Accept-Language": "fr"}
PLACES = (("us", 0.1), ("client", 0.55))


def install(scene: Scene) -> None:
    """Install the app as the administrator: the installer's steps, then the portal's own end of it."""
    engine = scene.portal.engine
    engine.start_install(CLIENT_ID, DIRECTOR)
    frame = engine.open_placement(DIRECTOR, "DEFAULT")
    page = requests.post(frame.url, data=frame.fields, headers=BROWSER, timeout=20)
    assert page.status_code == 200, page.text[:500]
    ticket = _ticket(page.text)
    left = 1
    while left:
        step = requests.post(
            f"{scene.base_url}/placements/install/step", headers={TICKET: ticket}, timeout=20
        )
        assert step.status_code == 200, step.text[:500]
        left = step.json()["remaining"]
    engine.finish_install(CLIENT_ID)
    engine.outbox.wait_idle()


@dataclass
class Seller:
    """An employee with a deal's wizard open."""

    scene: Scene
    deal_id: int
    user_id: int = DIRECTOR
    proofs: dict[str, str] = field(default_factory=dict)

    def open(self) -> str:
        """Click Sign in the deal's Document menu; return the first screen."""
        engine = self.scene.portal.engine
        options = {"ID": self.deal_id}
        frame = engine.open_placement(self.user_id, "CRM_DEAL_DOCUMENTGENERATOR_BUTTON", options)
        page = requests.post(frame.url, data=frame.fields, headers=BROWSER, timeout=20)
        assert page.status_code == 200, page.text[:500]
        self.proofs = {TICKET: _ticket(page.text)}
        return self.ask("GET", f"/placements/wizard/start?type=2&id={self.deal_id}").text

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """Call a door of the wizard as the frame's script does, with its proofs."""
        answer = requests.request(
            method,
            self.scene.base_url + path,
            headers={**BROWSER, **self.proofs, **options.pop("headers", {})},
            timeout=30,
            **options,
        )
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:500]}"
        for name in (TICKET, RECORD):
            self.proofs[name] = answer.headers.get(name) or self.proofs.get(name, "")
        return answer

    def create(self, **choices: str) -> str:
        """Press Prepare; return the draft's id."""
        form = {"key": uuid4().hex, "our_user": str(DIRECTOR), "channel": "email", **choices}
        page = self.ask("POST", "/placements/wizard/create", data=form)
        return envelope_in(page.text)

    def use_layout(self, layout_id: str) -> str:
        """Press "Use this layout"; return the envelope's id."""
        return self.create(layout_id=layout_id, at_once="yes")

    def wait_ready(self, envelope_id: str) -> str:
        """Wait until the pages are there; return the review page."""

        def look() -> str:
            page = self.ask("GET", f"/placements/wizard/{envelope_id}/progress").text
            assert 'data-testid="progress-failed"' not in page, page
            return page if 'data-testid="review"' in page else ""

        return until("the printed pages", look, poll_s=0.3)

    def place_signatures(self, envelope_id: str, review: str) -> None:
        """Put a place to sign for each side at the foot of the first page."""
        document = _found(r'data-document="(\w+)"', review)
        rows = [
            {
                "document": document,
                "key": f"{role}-signature",
                "kind": "signature",
                "role": role,
                "page": 0,
                "x": x,
                "y": 0.8,
                "w": 0.3,
                "h": 0.08,
            }
            for role, x in PLACES
        ]
        self.ask("POST", f"/placements/wizard/{envelope_id}/fields", json={"fields": rows})

    def send(self, envelope_id: str) -> None:
        """Press Send."""
        page = self.ask("POST", f"/placements/wizard/{envelope_id}/send").text
        assert 'data-testid="sent"' in page, page


@dataclass
class Signer:
    """A person with a browser and a link."""

    scene: Scene
    link: str
    address: str = ""
    """Where codes arrive: an e-mail address or a phone number."""
    browser: requests.Session = field(default_factory=requests.Session)

    def open(self) -> str:
        """Open the link; return the page."""
        self.browser.headers.update(BROWSER)
        page = self.browser.get(self.link, timeout=20)
        assert page.status_code == 200, page.text[:500]
        self.link = page.url
        return page.text

    def sign(self, *, needs_code: bool) -> dict[str, str]:
        """Read, agree, sign by name, with the code when one is asked for; return the form that was sent."""
        form = signing_form(self.open())
        form["typed_name"] = "Signature de voyage"
        if needs_code:
            form["code"] = self._code(form)
        return self.submit(form)

    def submit(self, form: dict[str, str]) -> dict[str, str]:
        """Press the button that signs."""
        done = self.browser.post(f"{self.link}/sign", data=form, timeout=30)
        assert done.status_code == 200, done.text[:500]
        return form

    def decline(self, reason: str) -> None:
        """Decline with a reason."""
        form = signing_form(self.open())
        posted = {"form_key": form["form_key"], "reason": reason}
        done = self.browser.post(f"{self.link}/decline", data=posted, timeout=30)
        assert done.status_code == 200, done.text[:500]

    def stage(self) -> str:
        """Return the stage the page is at."""
        return str(self.browser.get(f"{self.link}/state", timeout=20).json()["stage"])

    def _code(self, form: dict[str, str]) -> str:
        before = len(self.scene.portal.state.mails), len(self.scene.portal.state.sms)
        asked = self.browser.post(
            f"{self.link}/code",
            data={"form_key": form["form_key"]},
            headers={"Accept": "application/json"},
            timeout=20,
        )
        assert asked.status_code == 200, asked.text[:500]
        return until("a one-time code", lambda: self._arrived(*before))

    def _arrived(self, mails: int, texts: int) -> str:
        state = self.scene.portal.state
        with state.lock:
            words = [m.text for m in state.mails[mails:] if self.address in m.recipients]
            words += [s.text for s in state.sms[texts:] if s.to == self.address]
        found = [match[1] for text in words for match in re.finditer(r"\b(\d{6})\b", text)]
        return found[-1] if found else ""


def link_to(scene: Scene, address: str, *, after: int = 0) -> str:
    """Return the signing link in the first mail (from number `after` on) or SMS to `address`."""

    def look() -> str:
        state = scene.portal.state
        with state.lock:
            words = [m.text for m in state.mails[after:] if address in m.recipients]
            words += [s.text for s in state.sms if s.to == address]
        return next(_links(words), "")

    return until(f"a link to {address}", look)


def _links(words: Iterable[str]) -> Iterable[str]:
    return (match[0] for text in words for match in re.finditer(r"http://\S+/s/[\w-]+", text))


def our_template(page: str, slug: str) -> str:
    """Return the choice on the first screen that means our template `slug`."""
    return _found(rf'source-template-{re.escape(slug)}">\s*<input[^>]*value="(template:\w+)"', page)


def envelope_in(page: str) -> str:
    """Return the id of the envelope that a wizard page is about."""
    return _found(r'data-envelope="(\w+)"', page)


def _ticket(page: str) -> str:
    return _found(r'data-ticket="([^"]+)"', page)


def _found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    assert match, f"{pattern} is not in: {page[:800]}"
    return match[1]


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({})
        if tag == "input" and self.forms and values.get("name"):
            is_choice = values.get("type") == "radio" and "checked" not in values
            if not is_choice:
                self.forms[-1][values["name"]] = values.get("value", "")


def signing_form(page: str) -> dict[str, str]:
    """Return the inputs of the form that signs, every box ticked."""
    parser = _Forms()
    parser.feed(page)
    found = [inputs for inputs in parser.forms if "consent" in inputs]
    assert found, f"the page offers no signing form: {page[:800]}"
    return found[0]
