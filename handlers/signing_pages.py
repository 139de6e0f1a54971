"""From what a signer may see to the values its page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from flask import url_for

from app.actions.sign_code import CodeSent
from app.actions.sign_look import SigningView, may_read
from app.core import signing as rules
from app.core.envelope import RecipientState, Role
from app.core.fields import TYPED_IN, FieldKind
from app.core.signing import LinkPurpose, SigningCaller, Stage
from app.documents import pages
from app.documents.hands import HANDS
from app.http.context import services
from app.http.pages import asset, render
from app.http.signing_guard import FORM_KEY, form_key, short_of
from app.store.signing import Desk
from app.store.tables import Document, FieldRow, Recipient
from app.texts import LANGUAGES, Translate, translator
from handlers import signing_forms, signing_texts

MODULES = ("store", "spots", "ask", "sheet", "pad", "code")
LATER = ("words",)
"""Loaded when the page can be used already."""
NO_VALUES: Mapping[str, str] = {}
WIDTHS = (720, 1080, 1600)
LANGUAGE_NAMES = {
    "en": "English",
    "fr": "Français",
    "de": "Deutsch",
    "es": "Español",
    "it": "Italiano",
    "pl": "Polski",
    "pt-BR": "Português",
    "ru": "Русский",
}


def show(
    view: SigningView,
    caller: SigningCaller,
    *,
    kept: Mapping[str, str] = NO_VALUES,
    fault: str = "",
    field: str = "",
) -> str:
    """Return the page of the view's stage. `kept`, `fault`, `field`: a plain form that came back."""
    if view.stage is not Stage.READY:
        return _show_state(view, caller)
    return rendered(
        "ready",
        view,
        caller,
        papers=[_paper(paper, caller) for paper in view.desk.documents],
        script=_script(view, caller),
        plain=[_plain(row, view.desk, kept) for row in view.desk.mine if _is_asked(row)],
        typed_name=kept.get("typed_name", view.desk.me.name),
        has_signature=any(row.kind in ("signature", "initials") for row in view.desk.mine),
        has_stamp=any(row.kind == FieldKind.STAMP for row in view.desk.mine),
        has_files=any(row.kind == FieldKind.FILE for row in view.desk.mine),
        modules=MODULES,
        fault=fault,
        fault_field=field,
    )


def _show_state(view: SigningView, caller: SigningCaller) -> str:
    if view.is_locked:
        return rendered("locked", view, caller)
    role = view.desk.me.role_key
    in_place = [p.name for p in view.desk.recipients if p.role_key == role]
    return rendered(
        "state",
        view,
        caller,
        people=_people(view),
        readable=may_read(view),
        successor=", ".join(in_place),
    )


def show_code(
    view: SigningView,
    caller: SigningCaller,
    kept: Mapping[str, str],
    *,
    fault: str = "",
    sent: CodeSent | None = None,
) -> str:
    """Return the plain page that asks for the code and carries on what was entered.

    sent: where the code just went; without it the usual address is named.
    """
    way = sent.way if sent else view.code_ways[0]
    others = [other for other in view.code_ways if other != way]
    address = sent.address if sent else view.code_address
    return rendered(
        "code", view, caller, kept=kept, fault=fault, sent_to=address, way=way, other_way=others[:1]
    )


def show_decline(view: SigningView, caller: SigningCaller, *, fault: str = "") -> str:
    """Return the page that asks why; any stage but READY shows its own page instead."""
    if view.stage is not Stage.READY:
        return show(view, caller)
    return rendered("decline", view, caller, fault=fault)


def show_text(
    view: SigningView, caller: SigningCaller, papers: Sequence[Sequence[Sequence[str]]]
) -> str:
    """Return the document as text: per document, per page, paragraphs."""
    names = [paper.name for paper in view.desk.documents]
    return rendered("text", view, caller, papers=list(zip(names, papers, strict=True)))


def paragraphs(pdf: bytes) -> list[list[str]]:
    """Return the text of each page as paragraphs: lines that stand close together are one."""
    return [_paragraphs(words) for words in pages.all_words(pdf)]


def _paragraphs(words: Sequence[pages.Word]) -> list[str]:
    found: list[str] = []
    before: pages.Word | None = None
    for word in words:
        if before is not None and _goes_on(before, word):
            found[-1] += " " + word.text
        else:
            found.append(word.text)
        before = word
    return found


def _goes_on(before: pages.Word, word: pages.Word) -> bool:
    """Whether `word` is of the same paragraph: close by, beside or below, in letters of the same size."""
    bottom = before.y + before.h
    if word.y < bottom - word.h / 3:
        is_same_line = word.y + word.h > before.y + before.h / 3
        return is_same_line and word.x < before.x + before.w + 0.12
    return word.y <= bottom + word.h / 3 and abs(word.h - before.h) < 0.08 * before.h


def rendered(name: str, view: SigningView, caller: SigningCaller, **values: object) -> str:
    """Return the page `name` of templates/pages/sign with what all pages of a signer share."""
    envelope, me = view.desk.envelope, view.desk.me
    short = short_of(caller)
    return render(
        f"sign/{name}.html",
        lang=caller.lang,
        view=view,
        stage=view.stage.value,
        envelope=envelope,
        me=me,
        given_name=(me.name.split() or [""])[0],
        short=short,
        form_key_name=FORM_KEY,
        form_key=form_key(caller),
        language_names=LANGUAGE_NAMES,
        languages=[(code, LANGUAGE_NAMES[code]) for code in LANGUAGES],
        page_total=sum(len(paper.page_sizes) for paper in view.desk.documents),
        my_address=rules.masked(rules.code_address(me.channel, me.email, me.phone)[1]),
        witness=caller.witness,
        is_portal=caller.purpose is LinkPurpose.PORTAL,
        proposal=view.desk.proposal,
        colour=view.colour,
        logo=view.logo[:16],
        moment=partial(signing_texts.moment, zone=view.zone, lang=caller.lang),
        **values,
    )


def _paper(paper: Document, caller: SigningCaller) -> dict[str, Any]:
    """Return a document's pages with the sizes that keep the layout still while they load."""
    return {
        "id": paper.id,
        "name": paper.name,
        "position": paper.position,
        "pages": [
            _sheet(paper, index, size, caller) for index, size in enumerate(paper.page_sizes)
        ],
    }


def _sheet(
    paper: Document, index: int, size: Sequence[float], caller: SigningCaller
) -> dict[str, Any]:
    base = url_for("signing.page", short=short_of(caller))
    place, version = f"{paper.position}/{index}", f"?v={paper.printed_digest[:16]}"
    pictures = [(f"{base}/page/{place}/{px}.webp{version}", px) for px in WIDTHS]
    return {
        "index": index,
        "width": WIDTHS[1],
        "height": round(WIDTHS[1] * size[1] / max(size[0], 1)),
        "src": pictures[1][0],
        "srcset": ", ".join(f"{address} {px}w" for address, px in pictures),
        "words": f"{base}/words/{place}.json{version}",
    }


def _script(view: SigningView, caller: SigningCaller) -> dict[str, Any]:
    """Return what the page's script needs, as JSON values."""
    me, short = view.desk.me, short_of(caller)
    say = translator(caller.lang)
    stamp = rules.stamp_name(me.role_key, me.company, view.desk.envelope.company_name)
    return {
        "short": short,
        "home": url_for("signing.page", short=short),
        "key": form_key(caller),
        "name": me.name,
        "initials": rules.initials_of(me.name),
        "seen": view.seen,
        "consent": view.consent.hash,
        "asksCode": view.asks_code,
        "codeAddress": view.code_address,
        "lang": me.lang,
        "codeWays": list(view.code_ways),
        "hasStamp": bool(stamp),
        "today": rules.signed_date(services().now(), me.lang),
        "hands": list(HANDS),
        "fields": [_spot(row, view.desk, say) for row in view.desk.mine],
        "modules": {name: asset(f"sign/{name}.js") for name in (*MODULES, *LATER)},
        "pad": asset("vendor/signature_pad.min.js"),
        "texts": signing_texts.for_script(say, act=view.act),
    }


def _spot(row: FieldRow, desk: Desk, say: Translate) -> dict[str, Any]:
    kind = FieldKind(row.kind)
    return {
        "id": row.id,
        "kind": row.kind,
        "document": row.document_id,
        "page": row.page,
        "box": [row.x, row.y, row.w, row.h],
        "required": row.required,
        "label": row.label or say(signing_texts.FIELD_NAMES[kind]),
        "value": row.value,
        "help": row.help,
        "format": row.format,
        "options": list(row.options or ()),
        "room": desk.room_of(row),
    }


def _is_asked(row: FieldRow) -> bool:
    return row.kind in TYPED_IN or row.kind == FieldKind.FILE


def _plain(row: FieldRow, desk: Desk, kept: Mapping[str, str]) -> dict[str, Any]:
    name = signing_forms.PREFIX + row.id
    return {
        "id": row.id,
        "name": name,
        "kind": row.kind,
        "label": row.label or signing_texts.FIELD_NAMES[FieldKind(row.kind)],
        "required": row.required,
        "value": kept.get(name, "" if kept else row.value),
        "help": row.help,
        "options": list(row.options or ()),
        "room": desk.room_of(row),
        "input": signing_texts.INPUTS.get((row.kind, row.format or ""), ("text", "")),
        "file": kept.get(signing_forms.FILE_PREFIX + row.id, ""),
    }


def _people(view: SigningView) -> list[dict[str, Any]]:
    """Return the signers in their order, and how far each is."""
    signers = [p for p in view.desk.recipients if p.role == Role.SIGNER.value]
    return [_person(person, view.desk.me) for person in signers]


def _person(person: Recipient, me: Recipient) -> dict[str, Any]:
    return {
        "name": person.name,
        "company": person.company,
        "is_me": person.id == me.id,
        "state": "signed"
        if person.state == RecipientState.SIGNED.value
        else "declined"
        if person.state == RecipientState.DECLINED.value
        else "waiting",
        "at": person.signed_at,
    }
