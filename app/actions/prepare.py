"""From an opened card to a draft: what is known, what the sender chose, and the flow that prints it.

A person's frame reads the CRM with that person's own rights, an automation rule with the administrator's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.core import card as cards
from app.core import draft, proposal, rule, rule_client, snapshot, sources
from app.core.card import Card, Remembered, Source
from app.core.draft import Chosen, Draft, DraftForm
from app.core.envelope import Act, Status, advance
from app.core.evidence import EventKind
from app.core.layout import LayoutSpec
from app.core.record import PortalUser, RecordKey
from app.core.rule import Wishes
from app.core.snapshot import CrmSnapshot, Person
from app.crm import people as people_of_portal
from app.crm import portal_documents
from app.crm.client import CrmClient
from app.delivery import phones
from app.errors import BadInput
from app.record_card import read_card
from app.services import Services
from app.store import (
    audit,
    drafts,
    envelopes,
    installations,
    layouts,
    robot_calls,
    rule_layouts,
)
from app.store.database import Session
from app.store.tables import Envelope, RobotCallRow


def open_card(
    services: Services,
    who: PortalUser,
    record: RecordKey,
    *,
    activity_id: str = "",
    document_id: str = "",
) -> Card:
    """Return what is known about the record, read with the person's own rights.

    activity_id: the timeline record under the cursor; document_id: a document of the portal's generator.
    Raises PortalRefused when this person may not see the record, and other PortalErrors.
    """
    client = services.portals.client(who.portal_id, who.user_id)
    card = read_card(services, client, who, record)
    wanted = document_id
    if activity_id and not wanted:
        _, shown = portal_documents.document_of_activity(
            client, record.entity_type_id, record.entity_id, activity_id
        )
        wanted = shown or ""
    return replace(card, wanted=wanted)


def create(services: Services, who: PortalUser, record: RecordKey, form: DraftForm) -> str:
    """Make a draft of what the sender chose and ask for its document; return the envelope's id.

    The same `form.key` again returns the same draft. Raises BadInput with the input to correct, PortalErrors.
    """
    if not 8 <= len(form.key) <= 80:
        raise BadInput
    draft_id = _id(services, f"{who.portal_id}:{who.user_id}:{form.key}")
    if _exists(services, draft_id):
        return draft_id
    card = read_card(services, services.portals.client(who.portal_id, who.user_id), who, record)
    source, spec = _source(services, who, card, form)
    typed = draft.people(form, card.snapshot, card.may_sign) if not form.at_once else None
    people = typed or _people_of(card, spec)
    made = _draft(services, who, card, source, people)
    made = replace(
        made,
        id=draft_id,
        message=form.message.strip()[: draft.MAX_MESSAGE],
        layout_id=_layout_of(services, who, source, people, form.layout_id),
        at_once=form.at_once,
        activity_id=form.activity_id,
    )
    _keep(services, made, who.actor, replaces=form.replaces)
    return draft_id


def draft_for_rule(services: Services, call_id: str) -> str:
    """Make the draft an automation rule asks for, to be sent at once; return the envelope's id.

    The same call again returns the same draft. Where one of its kind is unsigned and the rule is not to send
    another, the call is tied to that one. Raises BadInput when the card lacks something, PortalErrors.
    """
    draft_id = _id(services, f"rule:{call_id}")
    with services.database.reading() as session:
        call = robot_calls.get(session, call_id)
        if call.envelope_id or drafts.exists(session, draft_id):
            return call.envelope_id or draft_id
        lang = installations.get(session, call.portal_id).lang
    made, wishes = _for_rule(services, call, PortalUser(call.portal_id, call.user_id, lang))
    made = replace(made, id=draft_id)
    try:
        _keep(services, made, "system", call_id=call_id, alone=wishes.if_open != "another")
    except _Out as other:
        return robot_calls.tie(services.database, call_id, other.envelope_id)
    return draft_id


def rehearse(
    services: Services, who: PortalUser, record: RecordKey, properties: Mapping[str, Any]
) -> Draft:
    """Return the draft that a rule with these properties would make of a record as `who` may see it, unkept.

    Raises BadInput with what is missing, PortalErrors.
    """
    call = RobotCallRow(
        portal_id=who.portal_id,
        entity_type_id=record.entity_type_id,
        entity_id=record.entity_id,
        properties=dict(properties),
        user_id=who.user_id,
        run_id="rehearsal",
    )
    return _for_rule(services, call, who)[0]


def _for_rule(services: Services, call: RobotCallRow, who: PortalUser) -> tuple[Draft, Wishes]:
    wishes = rule.read(call.properties)
    acting = call.user_id if call.run_id else None
    client = services.portals.client(call.portal_id, acting)
    card = read_card(services, client, who, RecordKey(call.entity_type_id, call.entity_id))
    card = rule_client.with_client(card, wishes)
    with services.database.reading() as session:
        layout = rule_layouts.find(session, call.portal_id, wishes.layout)
    turned = _turned(services, who, card, layout.id) if layout else None
    if turned is None:
        raise BadInput(rule.NO_LAYOUT)
    source = cards.named(card, turned.source, turned.layout.spec.title)
    signer = rule.signer_of(card, wishes, turned.layout.spec)
    card = _with_signer(client, card, signer)
    people = _people_of(card, rule.turned(turned.layout.spec, wishes, signer))
    people = rule_client.everyone(card, people, wishes)
    sender = who if call.run_id else replace(who, user_id=card.snapshot.record.assigned_by_id)
    made = replace(
        _draft(services, sender, card, source, people),
        message=wishes.message,
        layout_id=turned.layout.id,
        at_once=True,
        origin="rule",
        deadline_days=wishes.deadline_days,
        reminds=wishes.reminders,
    )
    return made, wishes


def _with_signer(client: CrmClient, card: Card, user_id: str) -> Card:
    """Return `card` with the colleague who signs as the only one; raises BadInput when they have left."""
    known = any(one.id == user_id for one in card.colleagues)
    if user_id and not known:
        found = people_of_portal.colleague(client, user_id)
        if found is None:
            raise BadInput(rule.DISMISSED, field="our_user")
        card = replace(card, colleagues=(*card.colleagues, found))
    return cards.with_signer(card, user_id)


class _Out(Exception):
    """An envelope of this kind is unsigned on this record already."""

    def __init__(self, envelope_id: str) -> None:
        self.envelope_id = envelope_id
        super().__init__(envelope_id)


def _id(services: Services, key: str) -> str:
    """A draft is named by what asked for it: asking twice makes one."""
    return services.secrets.keyed_hash("draft", key)[:32]


def _exists(services: Services, draft_id: str) -> bool:
    with services.database.reading() as session:
        return drafts.exists(session, draft_id)


def _source(
    services: Services, who: PortalUser, card: Card, form: DraftForm
) -> tuple[Source, LayoutSpec | None]:
    turned = _turned(services, who, card, form.layout_id) if form.layout_id else None
    spec = turned.layout.spec if turned else None
    if form.source_id:
        wanted = dict.fromkeys(((form.source_kind, form.source_id), *form.more))
        last = turned.source if turned else {}
        return cards.together([_chosen(card, form, last, *one) for one in wanted]), spec
    if turned is None:
        raise BadInput("Choose the document to be signed.", field="source")
    return cards.named(card, turned.source, turned.layout.spec.title), spec


def _chosen(card: Card, form: DraftForm, last: sources.Values, kind: str, source_id: str) -> Source:
    """Return one document the sender picked; kind "layout" is a document of the layout, by its position."""
    if kind == "layout":
        many = sources.parts(last) if last else []
        place = int(source_id) if source_id.isdigit() else len(many)
        return cards.named(card, many[place] if place < len(many) else {})
    if kind != sources.UPLOAD:
        return cards.chosen_source(card, kind, source_id)
    file = form.uploads.get(source_id)
    if file is None:
        raise BadInput(cards.GONE, field="source")
    return cards.named(card, sources.upload_source(file))


def _turned(
    services: Services, who: PortalUser, card: Card, layout_id: str
) -> cards.Suggestion | None:
    """Return the layout turned to this card, looked up when it is not among the last ones."""
    if not any(one.id == layout_id for one in card.remembered):
        with services.database.reading() as session:
            row = layouts.find(session, who.portal_id, layout_id)
        if row is None:
            return None
        used_on = layouts.shown_record(row, who.user_id)
        older = Remembered(row.id, layouts.read(row), row.used_at, used_on)
        card = replace(card, remembered=(*card.remembered, older))
    return cards.suggestion(card, layout_id)


def _layout_of(
    services: Services, who: PortalUser, source: Source, people: list[Chosen], wish: str
) -> str:
    """Return the layout whose fields fit the document: the one wished for, else the last of its type, else ""."""
    kind = sources.document_type(source.values)
    clients = (one.plan.person.id for one in people if one.plan.person and one.plan.key != "us")
    taste = layouts.Taste(who.user_id, tuple(filter(None, clients)))
    with services.database.reading() as session:
        wished = layouts.find(session, who.portal_id, wish)
        if wished is not None and wished.document_type == kind:
            return wished.id
        last = layouts.used_last(session, who.portal_id, types=(kind,), taste=taste, limit=1)
    return last[0].id if last else ""


def _people_of(card: Card, spec: LayoutSpec | None) -> list[Chosen]:
    return [draft.chosen(plan, card.snapshot) for plan in card.plans(spec)]


def _draft(
    services: Services, who: PortalUser, card: Card, source: Source, people: list[Chosen]
) -> Draft:
    """Return the draft of these choices; the text names the contact who signs it."""
    theirs = next(one.plan.person for one in people if one.plan.key == proposal.THEIRS)
    kept = proposal.with_signer_first(card.snapshot, theirs.id if theirs else "")
    sender = _sender(who, card)
    return Draft(
        id="",
        portal_id=who.portal_id,
        record=card.record,
        record_title=card.snapshot.record.title,
        source=source,
        people=tuple(_with_phone(one, card.snapshot) for one in people),
        snapshot_digest=services.files.put(snapshot.to_json(kept).encode()),
        lang=source.lang or who.lang,
        message="",
        layout_id="",
        at_once=False,
        origin="person",
        created_by=who.user_id,
        sender_name=sender.name if sender else card.snapshot.us.name,
        sender_email=next(iter(sender.emails), "") if sender else "",
        company_name=card.snapshot.us.name,
        activity_id="",
        created_at=services.now(),
    )


def _sender(who: PortalUser, card: Card) -> Person | None:
    known = (one for one in card.colleagues if one.id == who.user_id)
    return next(known, card.snapshot.responsible)


def _with_phone(one: Chosen, found: CrmSnapshot) -> Chosen:
    """Return the person with a phone in E.164. A wrong number only matters where it is used."""
    if not one.phone:
        return one
    country = found.us.address.country
    region = country if len(country) == 2 else "FR"
    try:
        return replace(one, phone=phones.normalise(one.phone, region=region))
    except BadInput:
        if one.plan.channel == "sms":
            raise
        return replace(one, phone="")


def _keep(
    services: Services,
    made: Draft,
    actor: str,
    *,
    replaces: str = "",
    call_id: str = "",
    alone: bool = False,
) -> None:
    """Write the draft, its people and first audit event, and ask for its document: all or nothing.

    alone: raise _Out when one of its kind is unsigned; the portal's counter of numbers lets one look at a time.
    """
    with services.database.transaction() as session:
        if not drafts.exists(session, made.id):
            _throw_away_earlier(session, made, replaces)
        envelope = drafts.insert(session, made, services.new_id)
        if envelope is None:
            return
        if alone:
            _require_alone(session, envelope, made.record)
        data = {"title": envelope.title, "number": envelope.number, "origin": made.origin}
        if made.origin == "person":
            data["name"] = made.sender_name
        if unlocked := sources.unlocked(made.source.values):
            data["opened_with_password"] = unlocked
        audit.record(
            session, envelope, EventKind.CREATED, at=made.created_at, actor=actor, data=data
        )
        services.jobs.enqueue(session, "prepare", f"prepare:{envelope.id}", envelope.id)
        if call_id:
            robot_calls.get(session, call_id).envelope_id = envelope.id


def _require_alone(session: Session, envelope: Envelope, record: RecordKey) -> None:
    kind = envelope.document_type
    out = envelopes.unsigned(
        session, envelope.portal_id, record, document_type=kind, but=envelope.id
    )
    if out:
        raise _Out(out[-1].id)


def _throw_away_earlier(session: Session, made: Draft, replaces: str) -> None:
    """Void the draft that the new one replaces, and earlier looks at the same; whatever was sent stays."""
    old = drafts.earlier_previews(session, made) if made.origin == "person" else []
    if replaces:
        who = PortalUser(made.portal_id, made.created_by)
        old.append(drafts.on_record(session, who, made.record, replaces, lock=True))
    for one in old:
        if one.status == Status.DRAFT:
            one.status = advance(Status.DRAFT, Act.VOID).value
    session.flush()
