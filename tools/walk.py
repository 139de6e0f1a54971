"""Walk the main story, S1 to S4, in a headless browser: a line a step with its time.

Ends with the path of the sealed PDF; the exit code tells whether every step was seen.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from tools.pictures import SCALE, Camera
from tools.present import browser as find_browser
from tools.present import browser_args
from tools.walk_hands import NotSeen, Portal, Signer, drag, until

ROOT = Path(__file__).resolve().parent.parent
DIRECTOR = "helene.marchand@example.com"
PHONE_ONLY = "+33199000221"
CONTRACT = "Contrat de prestation"
QUOTE = 2
"""The portal's own template of a quote."""
STAGE = "EXECUTING"


class Walk:
    """Four stories on one portal. Deals and people are those of the demo data."""

    def __init__(
        self, portal: Portal, browser: Browser, folder: Path, camera: Camera | None = None
    ) -> None:
        self.portal, self.browser, self.folder, self.camera = portal, browser, folder, camera

    def picture(self, name: str, page: Page | None = None) -> None:
        """Take a picture for the README, when asked to; the portal's window unless `page` is given."""
        if self.camera is not None:
            self.camera.take(page or self.portal.page, name)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time one step and say how it went."""
        started = time.monotonic()
        try:
            yield
        except (Error, NotSeen, AssertionError):
            say(f"  FAILED  {time.monotonic() - started:6.2f} s  {name}")
            self.portal.page.screenshot(path=str(self.folder / "failed.png"))
            raise
        say(f"  ok      {time.monotonic() - started:6.2f} s  {name}")

    def all(self) -> Path:
        """Walk every story; return the sealed PDF of the first."""
        with self.step("Install: every part registered, the app's main page shows"):
            self.portal.install()
        sealed = self.create_and_sign()
        self.sign_what_exists()
        self.again_in_two_clicks()
        self.by_rule()
        return sealed

    def create_and_sign(self) -> Path:
        """S1: from the deal card to the sealed PDF back on it."""
        portal, frame = self.portal, self.portal.frame()
        with self.step("S1 Sign in the deal: the card's data are there"):
            portal.open_deal(1)
            portal.click_sign()
            frame.get_by_test_id("source-template-services_contract.fr").click()
        self.picture("sign-in-the-deal")
        with self.step("S1 the contract is filled, printed and shown"):
            frame.get_by_test_id("prepare").click()
            frame.get_by_test_id("send").wait_for()
        self.picture("check-and-send")
        with self.step("S1 a field is moved, the contract is sent"):
            field = frame.get_by_test_id("field-client-signature")
            field.focus()
            field.press("ArrowDown")
            frame.get_by_test_id("saved").wait_for(state="attached")
            frame.get_by_test_id("send").click()
            frame.get_by_test_id("sent").wait_for()
        self.picture("sent")
        with self.step("S1 our director signs in the portal"):
            with portal.page.context.expect_page() as opened:
                frame.get_by_test_id("sign-now").click()
            Signer.sign_here(opened.value)
            opened.value.locator("[data-testid^=state-]").wait_for()
            opened.value.close()
        with self.step("S1 the client signs on a phone, by hand, with a code by e-mail"):
            self.client_signs("claire.verdier@example.com", way="drawn")
        return self.finished(1, "S1")

    def sign_what_exists(self) -> None:
        """S2: Sign in the menu of a record of a document that the portal made."""
        portal, frame = self.portal, self.portal.frame()
        with self.step("S2 the portal's generator makes a quote"):
            portal.open_deal(2)
            portal.make_document(2, QUOTE)
        with self.step("S2 Sign in the record's menu: the document is recognised and shown"):
            portal.sign_record()
            frame.get_by_test_id("prepare").click()
            frame.get_by_test_id("send").wait_for()
        with self.step("S2 places for both signatures, sent by e-mail and SMS"):
            portal.place_signature("us", (0.22, 0.505))
            portal.place_signature("client", (0.61, 0.505))
            seen = self.mails()
            frame.get_by_test_id("send").click()
            frame.get_by_test_id("sent").wait_for()
        with self.step("S2 our director signs by the link in the mail"):
            self.director_signs(after=seen)
        with self.step("S2 the client signs by the link in the SMS, with a code by SMS"):
            self.signs_by_sms(PHONE_ONLY, after=0)
        self.finished(2, "S2")

    def again_in_two_clicks(self) -> None:
        """S3: a second deal: Sign, Use this layout. The places in the portal's quote are found by their words."""
        portal, frame = self.portal, self.portal.frame()
        with self.step("S3 two clicks: Sign, Use this layout: sent"):
            portal.open_deal(6)
            mails, texts = self.mails(), len(portal.state("sms"))
            portal.click_sign()
            frame.get_by_test_id("use-layout").first.wait_for()
            self.picture("use-this-layout")
            frame.get_by_test_id("other-layout").filter(has_text="Devis").get_by_role(
                "button"
            ).click()
            frame.get_by_test_id("sent").wait_for()
        with self.step("S3 both sign"):
            self.director_signs(after=mails)
            self.signs_by_sms("+33199000211", after=texts)
        self.finished(6, "S3")

    def by_rule(self) -> None:
        """S4: a rule at a stage; a deal is dragged there; the rule is answered."""
        portal = self.portal
        with self.step("S4 the rule is added at the stage and set"):
            self.add_rule()
        with self.step("S4 a deal is dragged to the stage: generated and sent"):
            seen = self.mails()
            portal.page.goto(f"{portal.url}/crm/deal/kanban/")
            card, column = (
                portal.page.get_by_test_id(n) for n in ("deal-card-3", f"stage-{STAGE}")
            )
            to = column.bounding_box()
            drag(portal.page, card, (to["x"] + to["width"] / 2, to["y"] + 90) if to else (0, 0))
            portal.mail_link(DIRECTOR, after=seen)
        with self.step("S4 both sign"):
            self.director_signs(after=seen)
            self.client_signs("ines.garnier@example.com", after=seen)
        self.finished(3, "S4")
        with self.step("S4 the rule is answered and goes on"):
            until("the rule's answer", self.answered)

    def add_rule(self) -> None:
        """Add our rule and choose the layout of the contract in its settings window."""
        portal, frame = self.portal, self.portal.frame()
        portal.page.goto(f"{portal.url}/crm/deal/automation/")
        portal.page.get_by_test_id(f"rule-add-{STAGE}").click()
        portal.page.get_by_test_id("pick-paraph_send").click()
        choice = frame.locator("[data-testid^=layout-]").filter(has_text=CONTRACT)
        choice.click()
        frame.locator("label").filter(has=frame.get_by_test_id("rule-wait-finished")).click()
        self.picture("rule")
        frame.get_by_test_id("rule-apply").click()
        expect(frame.get_by_test_id("rule-saved")).not_to_be_empty()
        portal.page.get_by_test_id("save-rule").click()
        portal.page.locator("article.rule").first.wait_for()

    def answered(self) -> bool:
        """Whether the rule's run is completed, with our values."""
        runs = self.portal.state("state")["robots"]
        return any(
            run["status"] == "completed" and run["return_values"].get("status") for run in runs
        )

    def mails(self) -> int:
        """How many mails there are by now."""
        return len(self.portal.state("mails"))

    def director_signs(self, *, after: int) -> None:
        """Our director opens the link in the mail and signs."""
        link = self.portal.mail_link(DIRECTOR, after=after)
        signer = Signer.with_phone(self.browser)
        signer.sign(link, read_code=None).close()

    def signs_by_sms(self, number: str, *, after: int) -> None:
        """The client opens the link in the SMS and signs with a code by SMS."""
        link = self.portal.sms_link(number, after=after)
        seen = len(self.portal.state("sms"))
        signer = Signer.with_phone(self.browser)
        signer.sign(link, read_code=lambda: self.portal.sms_code(number, after=seen)).close()

    def client_signs(self, address: str, *, after: int = 0, way: str = "typed") -> None:
        """The client opens the invitation and signs with a code by e-mail."""
        link = self.portal.mail_link(address, after=after)
        seen = self.mails()
        signer = Signer.with_phone(self.browser)
        if way == "drawn":
            self.signing_pictures(signer, link)
        signer.sign(link, read_code=lambda: self.portal.code(address, after=seen), way=way).close()

    def signing_pictures(self, signer: Signer, link: str) -> None:
        """Pictures of the signing page and its sheet, before anything is signed."""
        if self.camera is None:
            return
        page = signer.phone.new_page()
        page.goto(link)
        page.locator("#bar-go").wait_for()
        page.wait_for_timeout(800)
        self.picture("signing-page", page)
        page.locator("#bar-go").click()
        page.wait_for_timeout(600)
        self.picture("signing-sheet", page)
        page.close()

    def finished(self, deal_id: int, story: str) -> Path:
        """The sealed PDF is on the deal and verifies offline; return where it was saved."""
        with self.step(f"{story} sealed, and back on the deal"):
            file = self.portal.sealed_file(deal_id)
        if story == "S1":
            self.portal.open_deal(deal_id)
            self.picture("deal")
        path = self.folder / f"{story.lower()}-sealed.pdf"
        path.write_bytes(self.portal.download(int(file["id"])))
        with self.step(f"{story} bin/app verify calls it valid, offline"):
            verify(path)
        return path


def verify(path: Path) -> None:
    """Judge a sealed file with the operator's command."""
    command = [sys.executable, "-m", "app.cli", "verify", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise NotSeen(f"a valid seal: {done.stdout}{done.stderr}")


def main(arguments: list[str]) -> int:
    """Walk; return 0 when every step was seen."""
    parser = argparse.ArgumentParser(prog="walk", description=__doc__.split("\n")[0])
    parser.add_argument("--portal", required=True)
    parser.add_argument("--app", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--pictures", type=Path, help="folder for pictures of the main screens")
    given = parser.parse_args(arguments)
    camera = Camera(given.pictures) if given.pictures else None
    started = time.monotonic()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=browser_args())
        window = browser.new_context(
            viewport={"width": 1280, "height": 800}, device_scale_factor=SCALE, locale="fr-FR"
        )
        window.set_default_timeout(30_000)
        try:
            sealed = Walk(
                Portal(window.new_page(), given.portal), browser, given.folder, camera
            ).all()
        except (Error, NotSeen, AssertionError) as trouble:
            say(f"\n{trouble}\nSee {given.folder / 'failed.png'}")
            return 1
        finally:
            browser.close()
    say(f"\nAll four stories in {time.monotonic() - started:.1f} s. Sealed: {sealed}")
    return 0


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
