"""The documented answers, as field names and kinds of value (crm_golden.json names the page of each): the pretend
portal's answers have them, and our side reads them as they stand.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app import manifest as manifests
from app.crm import badges, cards, mail, people, portal_documents, registration, timeline
from app.crm.client import CrmClient
from app.crm.limiter import Limiter, Rate
from app.crm.oauth import direct_transport
from app.crm.rows import item, rows
from app.crm.wire import pooled_session
from emulator import docgen, server, tokens

HERE = Path(__file__).resolve().parent
GOLDEN = json.loads((HERE / "crm_golden.json").read_text())
ROOM = HERE.parents[1] / "app" / "crm"
METHOD = re.compile(
    r"\((?:\n\s*)?\"((?:app|crm|user|bizproc|placement|event|im)\.[a-z]+(?:\.[a-z]+)*)\""
)
EITHER_KIND = re.compile(r"f\"bizproc\.\{kind\}\.([a-z]+)\"")
SHAPE_IS_NOT_SHOWN = {"crm.activity.layout.blocks.set"}
"""The page shows no answer of success in JSON."""

NOT_IN_THE_STORY = {"crm.item.add"}
"""Fills a real test portal only."""

MAIL = mail.CrmMail(
    entity_type_id=2,
    entity_id="1",
    contact_id="1",
    to="claire.verdier@example.com",
    sender="Karim Benali <karim.benali@example.com>",
    responsible_id="2",
    subject="Signed",
    html="<p>Your copy.</p>",
    origin_id="0123456789abcdef0123456789abcdef",
    at=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
)

MAY_BE_ABSENT = {
    "crm.activity.get": {"NOTIFY_VALUE"},
    "crm.activity.list": {"NOTIFY_VALUE"},
    "crm.documentgenerator.document.add": {"imageUrl", "pdfUrl"},
    "crm.documentgenerator.document.get": {"imageUrl", "imageUrlMachine"},
    "crm.documentgenerator.document.list": {"imageUrl", "imageUrlMachine", "values"},
    "crm.timeline.comment.list": {"image", "urlPreview"},
    "user.current": {"UF_EMPLOYMENT_DATE"},
    "user.get": {"PERSONAL_WWW", "PERSONAL_CITY", "UF_EMPLOYMENT_DATE"},
}
"""Documented as depending on the state, the kind of file, or the account; and nothing of ours reads them."""
UNREAD = {
    *("RESULT_VALUE", "RESULT_SUM", "RESULT_CURRENCY_ID", "RESULT_STATUS", "RESULT_STREAM"),
    *("RESULT_SOURCE_ID", "changeStampsDisabledReason", "changeQrCodeDisabledReason"),
    *("LAST_LOGIN", "DATE_REGISTER", "TIMESTAMP_X", "LAST_ACTIVITY_DATE"),
}
"""Fields nobody reads here and the pretend portal leaves out."""
SHARED_BY_ITEMS = ("id", "assignedById", "entityTypeId", "createdTime", "updatedTime")
SHARED_BY_REQUISITES = ("ID", "ENTITY_TYPE_ID", "ENTITY_ID", "PRESET_ID", "NAME", "ACTIVE", "SORT")
SHARED_BY_BANKS = ("ID", "ENTITY_ID", "COUNTRY_ID", "NAME", "ACTIVE", "SORT")


def differences(shape, value, path="result"):
    """Yield where `value` lacks a documented field or has another kind of value."""
    if isinstance(shape, dict):
        yield from of_map(shape, value, path)
    elif isinstance(shape, list):
        if value == {} or not isinstance(value, list):
            yield f"{path}: a list is documented, not {type(value).__name__}"
        elif shape:
            for inner in value[:3]:
                yield from differences(shape[0], inner, f"{path}[]")
    elif shape != "null" and value is not None and kind(value) != shape:
        yield f"{path}: {shape} is documented, not {kind(value)}"


def of_map(shape, value, path):
    if value == []:
        return
    if not isinstance(value, dict):
        yield f"{path}: a map is documented, not {type(value).__name__}"
        return
    for key, inner in shape.items():
        if key in ("*", "de"):
            for found in list(value.values())[:3]:
                yield from differences(inner, found, f"{path}.*")
        elif key not in value:
            yield f"{path}.{key} is missing"
        elif inner not in ([], {}):
            yield from differences(inner, value[key], f"{path}.{key}")


def kind(value):
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else type(value).__name__


def made(shape, key=""):
    """Return an answer of the documented shape with values of ours."""
    if isinstance(shape, dict):
        return {("1" if k == "*" else k): made(v, k) for k, v in shape.items()}
    if isinstance(shape, list):
        return [made(inner, key) for inner in shape]
    return {"text": "7", "number": 7, "bool": True, "null": None}[shape]


def test_every_method_we_call_has_its_documented_answer_on_file():
    called = set()
    for path in ROOM.parent.rglob("*.py"):
        source = path.read_text()
        verbs = EITHER_KIND.findall(source)
        called |= {f"bizproc.{kind}.{verb}" for kind in ("robot", "activity") for verb in verbs}
        called |= set(METHOD.findall(source))
    assert called - SHAPE_IS_NOT_SHOWN - set(GOLDEN) == set()


def test_documented_documents_and_templates_are_read_as_they_stand():
    listed = made(GOLDEN["crm.documentgenerator.document.list"]["result"])
    [document] = portal_documents.documents_of(listed, 7, "7")
    assert (document.id, document.title, document.number, document.template_id) == ("7",) * 4
    assert (document.pdf_url, document.docx_url) == ("7", "7")
    templates = made(GOLDEN["crm.documentgenerator.template.list"]["result"])
    templates["templates"]["1"]["entityTypeId"] = ["2_category_7"]
    assert portal_documents.templates_of(templates, 2, 7)[0].name == "7"


def test_documented_people_are_read_as_they_stand():
    users = made(GOLDEN["user.get"]["result"])
    assert people.colleagues(users)[0].emails == ("7",)
    contact = item(made(GOLDEN["crm.item.get"]["result"]))
    contact["fm"] = [{**contact["fm"][0], "typeId": "EMAIL", "value": "a@example.org"}]
    person = people.contact_person(contact)
    assert (person.id, person.first_name, person.last_name, person.position) == ("7",) * 4
    assert person.emails == ("a@example.org",)


def test_documented_comments_show_their_files():
    [comment] = rows(made(GOLDEN["crm.timeline.comment.list"]["result"]))
    assert len(rows(comment["FILES"])) == 1


def test_documented_lines_of_the_log_are_read_as_they_stand():
    log = CrmClient(Canned("crm.timeline.logmessage.list"))
    assert timeline.log_texts(log, 2, "1") == {"7"}


class Canned:
    def __init__(self, method):
        self.method = method

    def call(self, _method, _params):
        return {"result": made(GOLDEN[self.method]["result"])}


def test_documented_answers_to_writes_give_their_ids():
    add = CrmClient(Canned("crm.activity.configurable.add"))
    card = cards.StatusCard(envelope_id="e", number="1", title="t", state="s")
    put = {"entity_type_id": 2, "entity_id": "1", "card": card, "activity_id": None}
    assert timeline.put_card(add, **put, look=False) == "7"
    log = CrmClient(Canned("crm.timeline.logmessage.add"))
    assert timeline.add_log(log, entity_type_id=2, entity_id="1", title="t", text="x") == "7"


@pytest.fixture(scope="module")
def answers():
    """What the pretend portal answers to every method we call, after a small story on its first deal."""
    with server.start(converter=lambda *_: b"%PDF-1.7 test", docgen_delay_s=0.0) as portal:
        yield Story(portal).told()


class Story:
    def __init__(self, portal):
        self.portal = portal
        client_id = next(iter(portal.state.apps))
        portal.engine.start_install(client_id, 1)
        token = tokens.issue(portal.state, client_id, 1)
        self.found = {}
        self.inner = direct_transport(
            pooled_session(),
            f"{portal.portal_url}/rest/",
            token.access,
            limiter=Limiter(Rate(2.0, 1000)),
        )
        self.client = CrmClient(self)

    def call(self, method, params):
        answer = self.inner.call(method, params)
        self.found.setdefault(method, answer["result"])
        return answer

    def ask(self, method, **params):
        return self.client.call(method, params)

    def told(self):
        self.register()
        self.read()
        self.write()
        return self.found

    def register(self):
        manifest = manifests.load()
        for change in registration.plan(self.client, manifest, base_url=self.portal.app_url):
            registration.apply(self.client, change)
        for method in (
            "placement.get",
            "event.get",
            "bizproc.robot.list",
            "bizproc.activity.list",
            "crm.automation.trigger.list",
        ):
            self.ask(method)
        self.run_a_rule()
        again = registration.plan(self.client, manifest, base_url=self.portal.app_url)
        registration.apply(self.client, again[0])
        handler = f"{self.portal.app_url}/placements/deal/tab"
        self.ask("crm.automation.trigger.execute", CODE="paraph_sent", OWNER_TYPE_ID=2, OWNER_ID=1)
        self.ask("placement.unbind", PLACEMENT="CRM_DEAL_DETAIL_TAB", HANDLER=handler)
        self.ask(
            "event.unbind",
            event="ONCRMDEALDELETE",
            handler=f"{self.portal.app_url}/handlers/events",
        )
        self.ask("crm.automation.trigger.delete", CODE="paraph_sent")
        self.ask("bizproc.robot.delete", CODE="paraph_send")
        activity = self.ask("bizproc.activity.list")[0]
        self.ask("bizproc.activity.update", CODE=activity, FIELDS={"NAME": {"en": "Sign"}})
        self.ask("bizproc.activity.delete", CODE=activity)

    def run_a_rule(self):
        engine = self.portal.engine
        engine.finish_install(next(iter(self.portal.state.apps)))
        engine.add_rule("EXECUTING", "paraph_send", {"layout": "1"})
        engine.move_deal(1, "EXECUTING", 1)
        token = next(iter(self.portal.state.runs.values())).event_token
        self.ask("bizproc.activity.log", EVENT_TOKEN=token, LOG_MESSAGE="sent")
        self.ask("bizproc.event.send", EVENT_TOKEN=token, RETURN_VALUES={"status": "sent"})
        self.portal.state.rules.clear()

    def read(self):
        deal = self.ask("crm.item.get", entityTypeId=2, id=1)["item"]
        self.ask("crm.item.list", entityTypeId=1, select=["*"])
        self.found.pop("crm.item.list")
        self.ask("crm.item.list", entityTypeId=2)
        owner = {"ENTITY_TYPE_ID": 4, "ENTITY_ID": deal["companyId"]}
        requisite = self.ask("crm.requisite.list", filter=owner)[0]["ID"]
        self.ask("crm.requisite.get", id=requisite)
        self.ask("crm.address.list", filter={"ENTITY_TYPE_ID": 8, "ENTITY_ID": requisite})
        bank = self.ask("crm.requisite.bankdetail.list", filter={})[0]["ID"]
        self.ask("crm.requisite.bankdetail.get", id=bank)
        self.ask("crm.requisite.link.get", entityTypeId=2, entityId=1)
        self.ask("crm.deal.contact.items.get", id=1)
        self.ask("crm.item.productrow.list", filter={"=ownerType": "D", "=ownerId": 1})
        self.ask("user.get", FILTER={"ID": 1})
        self.ask("user.current")
        self.ask("user.admin")
        self.ask("app.info")
        self.ask("crm.status.list", filter={"ENTITY_ID": "DEAL_STAGE"})
        self.ask("crm.type.list")
        self.ask("crm.item.fields", entityTypeId=2)

    def write(self):
        card = cards.StatusCard(envelope_id="e", number="1", title="t", state="s")
        put = {"entity_type_id": 2, "entity_id": "1", "card": card}
        own = timeline.put_card(self.client, **put, activity_id=None)
        timeline.put_card(self.client, **put, activity_id=own)
        self.found.pop("crm.activity.list")
        say = {"entity_type_id": 2, "entity_id": "1", "envelope_id": "e", "text": "Signed"}
        timeline.add_comment(self.client, **say, files=[("a.pdf", b"%PDF")], look=False)
        timeline.add_comment(self.client, **say, files=[("a.pdf", b"%PDF")])
        self.found.pop("crm.timeline.comment.list")
        self.ask("crm.timeline.comment.list", filter={"ENTITY_ID": 1, "ENTITY_TYPE": "deal"})
        timeline.add_log(self.client, entity_type_id=2, entity_id="1", title="t", text="x")
        self.ask("crm.timeline.logmessage.list", entityTypeId=2, entityId=1)
        self.client.call(*next(iter(badges.commands(str).values())))
        self.ask("crm.activity.badge.list")
        self.ask("crm.item.update", entityTypeId=2, id=1, fields={"title": "t"})
        self.client.call(*timeline.notify_command("1", "x", "t"))
        mail.send_mail(self.client, MAIL)
        mail.send_mail(self.client, MAIL)
        self.ask("crm.documentgenerator.template.list")
        made_now = portal_documents.add_document(self.client, "1", 2, "1")
        docgen.wait_converted(next(iter(self.portal.state.documents.values())))
        portal_documents.get_document(self.client, made_now.id)
        portal_documents.list_documents(self.client, 2, "1")
        self.ask("crm.activity.list", filter={"OWNER_TYPE_ID": 2, "OWNER_ID": 1})
        self.ask("crm.activity.get", id=own)


def documented(method):
    shape = GOLDEN[method]["result"]
    if method in ("crm.item.get", "crm.item.update"):
        return {"item": {key: shape["item"][key] for key in SHARED_BY_ITEMS}}
    if method == "crm.item.list":
        return {"items": [{key: shape["items"][0][key] for key in ("id", "assignedById", "title")}]}
    keys = {
        "crm.requisite.get": SHARED_BY_REQUISITES,
        "crm.requisite.bankdetail.get": SHARED_BY_BANKS,
    }
    return {key: shape[key] for key in keys[method]} if method in keys else shape


@pytest.mark.parametrize("method", sorted(set(GOLDEN) - NOT_IN_THE_STORY))
def test_the_pretend_portal_answers_in_the_documented_shape(answers, method):
    found = differences(documented(method), answers[method])
    assert [one for one in found if not is_excused(method, one)] == []


def is_excused(method, difference):
    names = set(re.findall(r"\w+", difference))
    return bool(names & (UNREAD | MAY_BE_ABSENT.get(method, set())))
