"""The deals of the portal: a list, a board by stage, and moving a deal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import abort, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from emulator.pages.shell import asked, engine, fragment, lang, pages, say, state, user, with_rev
from emulator.state import Deal, Stage, User, text_in


@dataclass(frozen=True, slots=True)
class DealLine:
    """One deal as the list and the board show it."""

    deal: Deal
    stage: Stage
    company: str
    contact: str
    responsible: User
    badges: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Column:
    stage: Stage
    lines: list[DealLine]

    @property
    def total(self) -> Decimal:
        return sum((line.deal.opportunity for line in self.lines), Decimal(0))

    @property
    def currency(self) -> str:
        return self.lines[0].deal.currency_id if self.lines else "EUR"


def badges_of(deal_id: int) -> list[tuple[str, str]]:
    """Return (look, text) of the badges that unfinished activities put on a deal's card."""
    known = {code: b for i in state().installations.values() for code, b in i.badges.items()}
    codes = [
        a.badge_code
        for a in state().activities.values()
        if (a.owner_type_id, a.owner_id) == (2, deal_id) and a.badge_code and not a.completed
    ]
    return [
        (known[code].type, text_in(known[code].value, lang()))
        for code in dict.fromkeys(codes)
        if code in known
    ]


def line(deal: Deal) -> DealLine:
    s = state()
    company = s.companies.get(deal.company_id)
    contact = s.contacts.get(deal.contact_id)
    return DealLine(
        deal,
        s.stages[deal.stage_id],
        company.title if company else "",
        contact.full_name if contact else "",
        s.users.get(deal.assigned_by_id) or s.admin(),
        badges_of(deal.id),
    )


def lines() -> list[DealLine]:
    return [line(d) for d in sorted(state().deals.values(), key=lambda d: d.id, reverse=True)]


def columns(found: Iterable[DealLine]) -> list[Column]:
    shown = list(found)
    return [
        Column(stage, [x for x in shown if x.stage.id == stage.id])
        for stage in state().ordered_stages()
    ]


@pages.get("/")
def home() -> Any:
    """Lead to the board, where work begins."""
    return redirect("/crm/deal/kanban/")


@pages.get("/crm/deal/")
@pages.get("/crm/deal/list/")
def deal_list() -> str:
    """Show every deal in a table."""
    with state().lock:
        return render_template("deals.html", lines=lines(), view="list")


@pages.get("/crm/deal/kanban/")
@pages.get("/crm/deal/kanban/category/0/")
def deal_board() -> str:
    """Show the deals by stage."""
    with state().lock:
        return render_template("deals.html", board=draw_board(), view="board")


@pages.get("/-/board")
def board_fragment() -> BaseResponse:
    with state().lock:
        return fragment(draw_board())


def draw_board() -> str:
    stages = state().ordered_stages()
    return "".join(
        with_rev(render_template("parts/column.html", column=c, stages=stages))
        for c in columns(lines())
    )


@pages.post("/-/deal/<int:deal_id>/move")
def move(deal_id: int) -> dict[str, Any]:
    """Move a deal to a stage with all that follows: rules, log, events."""
    stage = state().stages.get(str(asked().get("stage", request.form.get("stage", ""))))
    if deal_id not in state().deals or stage is None:
        abort(404, say("There is no such deal or stage."))
    engine().move_deal(deal_id, stage.id, user().id)
    return {"stage": stage.id, "name": stage.name}
