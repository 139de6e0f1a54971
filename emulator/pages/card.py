"""The deal card: fields, stage bar, Document menu, tabs, timeline and what its records do."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import abort, render_template
from werkzeug.wrappers import Response as BaseResponse

from emulator import docgen
from emulator.pages import timeline
from emulator.pages.shell import asked, engine, fragment, pages, say, state, user, with_rev
from emulator.state import DEAL, Deal, DocTemplate, ProductRow, StoredFile

PLACES = {
    "document": "CRM_DEAL_DOCUMENTGENERATOR_BUTTON",
    "toolbar": "CRM_DEAL_DETAIL_TOOLBAR",
    "tab": "CRM_DEAL_DETAIL_TAB",
    "activity": "CRM_DEAL_DETAIL_ACTIVITY",
}


def deal_of(deal_id: int) -> Deal:
    deal = state().deals.get(deal_id)
    if deal is None:
        abort(404, say("There is no such deal."))
    return deal


@pages.get("/crm/deal/details/<int:deal_id>/")
def deal_card(deal_id: int) -> str:
    """Show one deal with everything on it."""
    with state().lock:
        deal = deal_of(deal_id)
        return render_template(
            "deal.html",
            deal=deal,
            stages_html=draw_stages(deal),
            facts_html=draw_facts(deal),
            timeline_html=timeline.draw(deal_id),
            templates=templates(),
            widgets={name: timeline.deal_menu(code) for name, code in PLACES.items()},
            places=PLACES,
        )


def templates() -> list[DocTemplate]:
    """Return the generator's templates for deals."""
    found = [
        t
        for t in state().templates.values()
        if t.active and not t.deleted and any(e.startswith("2_") for e in t.entity_types)
    ]
    return sorted(found, key=lambda t: (t.sort, t.id))


@pages.get("/-/deal/<int:deal_id>/<part>")
def deal_part(deal_id: int, part: str) -> BaseResponse:
    """Return a living part of the card: stages, facts or timeline."""
    drawers = {"stages": draw_stages, "facts": draw_facts, "timeline": draw_timeline}
    if part not in drawers:
        abort(404)
    with state().lock:
        return fragment(drawers[part](deal_of(deal_id)))


def draw_timeline(deal: Deal) -> str:
    return timeline.draw(deal.id)


def draw_stages(deal: Deal) -> str:
    stages = state().ordered_stages()
    now = state().stages[deal.stage_id]
    return with_rev(render_template("parts/stages.html", deal=deal, stages=stages, now=now))


def file_fields(deal: Deal) -> list[tuple[str, list[StoredFile]]]:
    """Return title and files of the deal's file fields that hold some."""
    found = []
    for name, custom in state().custom_fields.get(DEAL, {}).items():
        value = deal.uf.get(name)
        held = value if isinstance(value, list) else [value]
        ids = [one["file"] for one in held if isinstance(one, dict) and "file" in one]
        files = [state().files[i] for i in ids if i in state().files]
        if files:
            found.append((str(custom["title"]), files))
    return found


def draw_facts(deal: Deal) -> str:
    s = state()
    rows = s.deal_products(deal.id)
    return with_rev(
        render_template(
            "parts/facts.html",
            deal=deal,
            stage=s.stages[deal.stage_id],
            company=s.companies.get(deal.company_id),
            contacts=[s.contacts[i] for i in deal.contact_ids if i in s.contacts],
            responsible=s.users.get(deal.assigned_by_id),
            file_fields=file_fields(deal),
            rows=rows,
            net=sum((net(r) for r in rows), Decimal(0)),
            gross=sum((r.total for r in rows), Decimal(0)),
        )
    )


def net(row: ProductRow) -> Decimal:
    return (row.price_exclusive * row.quantity).quantize(Decimal("0.01"))


@pages.post("/-/deal/<int:deal_id>/document")
def create_document(deal_id: int) -> dict[str, Any]:
    """Create a document of the portal's generator; its PDF comes a little later."""
    deal_of(deal_id)
    template = state().templates.get(int(asked().get("template_id") or 0))
    if template is None:
        abort(404, say("There is no such template."))
    try:
        document = engine().create_document_from_template(deal_id, template.id, user().id)
    except docgen.QuotaReached:
        abort(409, say("The number of documents of this plan is used up."))
    return {"id": document.id, "title": document.title}


@pages.post("/-/deal/<int:deal_id>/comment")
def add_comment(deal_id: int) -> dict[str, Any]:
    """Add a person's comment to the timeline."""
    deal_of(deal_id)
    text = str(asked().get("text", "")).strip()
    if not text:
        abort(400, say("Write something first."))
    return {"id": engine().add_comment(deal_id, text, user().id).id}


@pages.post("/-/timeline/<int:entry_id>/delete")
def delete_entry(entry_id: int) -> dict[str, Any]:
    """Delete a record: a comment, a document with its record, an activity."""
    with state().lock:
        entry = state().timeline.get(entry_id)
        if entry is None:
            abort(404, say("There is no such record."))
        activity = state().activities.get(entry.activity_id)
        document = state().documents.get(activity.associated_entity_id) if activity else None
        if activity and document and activity.provider_id == docgen.PROVIDER:
            docgen.delete(engine(), document, user().id)
        else:
            engine().delete_entry(entry_id, user().id)
    return {"deleted": entry_id}


@pages.post("/-/activity/<int:activity_id>/action")
def activity_action(activity_id: int) -> dict[str, Any]:
    """Press a restEvent of a configurable activity: ONCRMTIMELINEITEMACTION to its app only."""
    activity = state().activities.get(activity_id)
    if activity is None or not activity.client_id:
        abort(404, say("There is no such record."))
    engine().timeline_action(activity_id, user().id, asked().get("action") or {})
    return {"sent": True}


@pages.post("/-/activity/<int:activity_id>/complete")
def complete_activity(activity_id: int) -> dict[str, Any]:
    """Tick a task off."""
    with state().lock:
        activity = state().activities.get(activity_id)
        if activity is None:
            abort(404, say("There is no such record."))
        activity.completed, activity.updated = True, state().now()
        state().touch()
    return {"completed": activity_id}
