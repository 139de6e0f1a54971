"""What we write into a record's timeline, each thing once however often it is tried.

The platform knows no idempotency here, so a second try looks first: a card by its originId, a comment by a
marker in its text and by its files. A first try may skip the look (`look=False`) when the caller recorded that
it is one.
Source: api-reference/crm/timeline, im.notify.system.add, crm.automation.trigger.execute.
"""

from __future__ import annotations

import base64
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.crm import cards
from app.crm.cards import CardButton, CardParty, StatusCard
from app.crm.client import Command, CrmClient
from app.crm.faults import NOT_JSON, NOT_RUN, fault
from app.crm.rows import Row, ident, rows, text
from app.errors import PortalError, PortalRefused

__all__ = [
    "CardButton",
    "CardParty",
    "StatusCard",
    "Written",
    "add_comment",
    "add_log",
    "document_record_command",
    "log_command",
    "log_texts",
    "notify_command",
    "put_card",
    "trigger_command",
    "write_moment",
]

COMMENTS_LOOKED_AT: Final = 200
LINES_LOOKED_AT: Final = 100
LOG_ICON: Final = "info"
CARD: Final = "card"
_ENTITY_TYPES: Final = {
    1: "lead",
    2: "deal",
    3: "contact",
    4: "company",
    7: "quote",
    31: "smart_invoice",
}


@dataclass(frozen=True, slots=True)
class Written:
    """What one moment left on the record. errors: of the commands beside the card, by their keys."""

    activity_id: str
    errors: Mapping[str, PortalError]


def put_card(
    client: CrmClient,
    *,
    entity_type_id: int,
    entity_id: str,
    card: StatusCard,
    activity_id: str | None,
    look: bool = True,
) -> str:
    """Return the id of the activity that now shows `card`: updated when there is one, else added.

    One call with a known activity or `look=False`, else two. A card that somebody deleted is put up again.
    """
    return write_moment(
        client,
        entity_type_id=entity_type_id,
        entity_id=entity_id,
        card=card,
        activity_id=activity_id,
        look=look,
        then={},
    ).activity_id


def write_moment(
    client: CrmClient,
    *,
    entity_type_id: int,
    entity_id: str,
    card: StatusCard,
    activity_id: str | None,
    look: bool = True,
    then: Mapping[str, Command],
) -> Written:
    """Put `card` as `put_card` does and do `then` in the same call, once the card is there.

    Raises what went wrong with the card. Put last in `then` what a portal may refuse: what stands behind a refusal
    takes a call of its own.
    """
    found = activity_id
    if found is None and look:
        found = find_card(
            client, entity_type_id=entity_type_id, entity_id=entity_id, envelope_id=card.envelope_id
        )
    if found is not None:
        try:
            return Written(found, _send(client, _update(found, card), then)[1])
        except PortalRefused as error:
            if error.code != "NOT_FOUND":
                raise
    result, errors = _send(client, _add(entity_type_id, entity_id, card), then)
    activity = result.get("activity") if isinstance(result, Mapping) else None
    added = ident(activity, "id") if isinstance(activity, Mapping) else ""
    if not added:
        raise fault(NOT_JSON, method="crm.activity.configurable.add")
    return Written(added, errors)


def find_card(
    client: CrmClient, *, entity_type_id: int, entity_id: str, envelope_id: str
) -> str | None:
    """Return the activity that shows this envelope on this record, nothing when there is none."""
    filters = {
        "OWNER_TYPE_ID": entity_type_id,
        "OWNER_ID": entity_id,
        "PROVIDER_ID": "CONFIGURABLE_REST_APP",
        "ORIGIN_ID": envelope_id,
    }
    params = {"filter": filters, "select": ["ID", "OWNER_ID", "ORIGIN_ID"], "order": {"ID": "ASC"}}
    for row in rows(client.call("crm.activity.list", params)):
        if text(row, "ORIGIN_ID") == envelope_id and ident(row, "ID"):
            return ident(row, "ID")
    return None


def add_comment(
    client: CrmClient,
    *,
    entity_type_id: int,
    entity_id: str,
    envelope_id: str,
    text: str,
    files: Sequence[tuple[str, bytes]] = (),
    marker: str = "",
    look: bool = True,
) -> str:
    """Return the id of the comment with `text` and `files`, added unless an earlier try arrived.

    marker: what tells this comment from others of the record, such as the envelope's number; it is put on a
    last line when the text does not hold it. Default: the envelope's id.
    """
    mark = marker or envelope_id
    body = text if mark in text else f"{text}\n{mark}"
    kind = entity_type_name(entity_type_id)
    earlier = _find_comment(client, kind, entity_id, mark, len(files)) if look else None
    if earlier is not None:
        return earlier
    fields: dict[str, object] = {"ENTITY_ID": entity_id, "ENTITY_TYPE": kind, "COMMENT": body}
    if files:
        fields["FILES"] = [[name, base64.b64encode(content).decode()] for name, content in files]
    return _identifier(
        client.call("crm.timeline.comment.add", {"fields": fields}), "crm.timeline.comment.add"
    )


def add_log(
    client: CrmClient, *, entity_type_id: int, entity_id: str, title: str, text: str
) -> str:
    """Return the id of a new line of the record's log. Not idempotent: for facts worth less than a doubt."""
    result = client.call(*log_command(entity_type_id, entity_id, title, text))
    message = result.get("logMessage") if isinstance(result, Mapping) else None
    return ident(message, "id") if isinstance(message, Mapping) else ""


def log_texts(client: CrmClient, entity_type_id: int, entity_id: str) -> frozenset[str]:
    """Return the texts of the newest lines that our app wrote into the record's log."""
    params = {"entityTypeId": entity_type_id, "entityId": entity_id, "order": {"id": "desc"}}
    found = itertools.islice(client.rows("crm.timeline.logmessage.list", params), LINES_LOOKED_AT)
    return frozenset(text(row, "text") for row in found)


def log_command(entity_type_id: int, entity_id: str, title: str, text: str) -> Command:
    """Return the command for a new line of the record's log. Not idempotent: `log_texts` tells what is there."""
    fields = {
        "entityTypeId": entity_type_id,
        "entityId": entity_id,
        "title": title,
        "text": text,
        "iconCode": LOG_ICON,
    }
    return ("crm.timeline.logmessage.add", {"fields": fields})


def notify_command(user_id: str, text: str, tag: str) -> Command:
    """Return the command that tells one employee; an equal `tag` replaces the earlier notice."""
    return ("im.notify.system.add", {"USER_ID": user_id, "MESSAGE": text, "TAG": tag[:50]})


def trigger_command(code: str, entity: tuple[int, str]) -> Command:
    """Return the command that fires a trigger on (type, id).

    Success does not say that a stage moved: that is the customer's setting.
    """
    params = {"CODE": code, "OWNER_TYPE_ID": entity[0], "OWNER_ID": entity[1]}
    return ("crm.automation.trigger.execute", params)


def document_record_command(
    entity_type_id: int, entity_id: str, activity_id: str, layout: Mapping[str, Any]
) -> Command:
    """Return the command that sets our blocks on someone else's timeline record; a second time replaces them.

    See `cards.record_layout`.
    """
    params = {
        "entityTypeId": entity_type_id,
        "entityId": entity_id,
        "activityId": activity_id,
        "layout": layout,
    }
    return ("crm.activity.layout.blocks.set", params)


def entity_type_name(entity_type_id: int) -> str:
    """Return how comments call a CRM type: deal, dynamic_177."""
    return _ENTITY_TYPES.get(entity_type_id, f"dynamic_{entity_type_id}")


def _send(
    client: CrmClient, card: Command, then: Mapping[str, Command]
) -> tuple[object, dict[str, PortalError]]:
    """Return what the card's command answered, and the errors of the others: without a card they are not done."""
    if not then:
        return client.call(*card), {}
    answer = client.batch({CARD: card, **then}, halt=True)
    result, errors = answer.result(CARD), answer.errors
    left = {key: then[key] for key, error in errors.items() if error.code == NOT_RUN}
    if not left or any(error.retryable for error in errors.values()):
        return result, errors
    refused = {key: error for key, error in errors.items() if key not in left}
    return result, {**refused, **client.batch(left).errors}


def _update(activity_id: str, card: StatusCard) -> Command:
    params = {"id": activity_id, "fields": cards.fields(card), "layout": cards.layout(card)}
    return ("crm.activity.configurable.update", params)


def _add(entity_type_id: int, entity_id: str, card: StatusCard) -> Command:
    params = {
        "ownerTypeId": entity_type_id,
        "ownerId": entity_id,
        "fields": cards.fields(card),
        "layout": cards.layout(card),
    }
    return ("crm.activity.configurable.add", params)


def _find_comment(
    client: CrmClient, kind: str, entity_id: str, mark: str, files: int
) -> str | None:
    params = {
        "filter": {"ENTITY_ID": entity_id, "ENTITY_TYPE": kind},
        "select": ["ID", "ENTITY_ID", "COMMENT", "FILES"],
        "order": {"ID": "DESC"},
    }
    newest = itertools.islice(client.rows("crm.timeline.comment.list", params), COMMENTS_LOOKED_AT)
    return next((ident(row, "ID") for row in newest if _is_ours(row, mark, files)), None)


def _is_ours(row: object, mark: str, files: int) -> bool:
    """A colleague may write the number too; the files are what a comment with files is about."""
    if not isinstance(row, Mapping):
        return False
    found: Row = row
    return mark in text(found, "COMMENT") and len(rows(found.get("FILES"))) >= files


def _identifier(result: object, method: str) -> str:
    found = ident({"id": result}, "id")
    if not found:
        raise fault(NOT_JSON, method=method)
    return found
