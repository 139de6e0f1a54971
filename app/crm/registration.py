"""Makes a portal match install.json: list what is there, compare, bind, unbind. Running it again changes nothing.

Registrations made before the installation is finished are accepted but stay without effect until then.
Source: api-reference/widgets, events, bizproc/bizproc-robot, crm/automation/triggers. All need an administrator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from app.crm.client import PAGE_SIZE, BatchAnswer, Command, CrmClient
from app.crm.registered import placement_params, robot_fields
from app.crm.robots import AS_ACTIVITY
from app.crm.rows import Row, rows, text
from app.errors import PortalError
from app.manifest import Manifest, Placement

Kind = Literal["placement", "event", "robot", "activity", "trigger"]
Action = Literal["add", "update", "remove", "unreadable"]


@dataclass(frozen=True, slots=True)
class Change:
    """One step towards the manifest. `label` is a title per language, for the person who watches.

    unreadable: the portal would not list this kind (plan, rights); `apply` raises its `error`.
    """

    kind: Kind
    action: Action
    key: str
    label: Mapping[str, str]
    commands: tuple[Command, ...] = ()
    error: PortalError | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Progress:
    """How one change went: `error` is None when it is done. `number` of `total` counts from 1."""

    change: Change
    number: int
    total: int
    error: PortalError | None = None

    @property
    def is_ok(self) -> bool:
        return self.error is None


_LISTS: Mapping[Kind, Command] = {
    "placement": ("placement.get", {}),
    "event": ("event.get", {}),
    "robot": ("bizproc.robot.list", {}),
    "activity": ("bizproc.activity.list", {}),
    "trigger": ("crm.automation.trigger.list", {}),
}
_TYPES: Command = ("crm.type.list", {"order": {"id": "ASC"}})
_EVERY_TYPE: Final = "_DYNAMIC_n_"
"""In a placement's code: one widget for each smart process of the portal."""
TOGETHER: Final = 12
"""Changes in one call: few enough to show progress and, at two commands each, to fit a batch of 50."""
_NOT_IN_BATCH: Final = "ERROR_BATCH_METHOD_NOT_ALLOWED"


def plan(
    client: CrmClient,
    manifest: Manifest,
    *,
    base_url: str,
    applied: str = "",
    lang: str = "en",
) -> list[Change]:
    """Return what must change on the portal, in a good order. One call; nothing is written.

    applied: `fingerprint_at` of the last complete run here: the portal lists robots by code only, so an equal
    fingerprint is what tells that a robot needs no update. lang: the portal's language, for names that are plain
    text there. Raises a PortalError when the portal cannot be asked at all.
    """
    answer = client.batch({**{str(kind): one for kind, one in _LISTS.items()}, "types": _TYPES})
    answer.raise_temporary()
    types = _smart_types(client, answer)
    changes = [
        Change(kind, "unreadable", kind, {"en": kind}, error=answer.errors[kind])
        for kind in _LISTS
        if kind in answer.errors
    ]
    current = applied == fingerprint_at(manifest, base_url)
    changes += _placements(answer, manifest, base_url, types)
    changes += _events(answer, manifest, base_url)
    robots = {one.code: robot_fields(one, base_url=base_url, lang=lang) for one in manifest.robots}
    twins = {one.code + AS_ACTIVITY: robots[one.code] for one in manifest.robots if one.is_activity}
    changes += _rules(answer, "robot", robots, is_current=current)
    changes += _rules(answer, "activity", twins, is_current=current)
    changes += _triggers(answer, manifest, lang)
    return changes


def apply(client: CrmClient, change: Change) -> None:
    """Carry out one change. Raises the PortalError that stopped it."""
    if change.error is not None:
        raise change.error
    for method, params in change.commands:
        client.call(method, params)


def apply_together(client: CrmClient, changes: Sequence[Change]) -> list[PortalError | None]:
    """Carry out up to `TOGETHER` changes in one call; return what stopped each, None where it is done.

    A method that the portal does not take in a batch is called alone: which ones it bars is not documented.
    Raises a PortalError when the portal cannot be asked at all.
    """
    commands = {
        f"c{number}_{step}": command
        for number, change in enumerate(changes)
        for step, command in enumerate(change.commands)
    }
    answer = client.batch(commands)
    return [_outcome(client, one, number, answer) for number, one in enumerate(changes)]


def _outcome(
    client: CrmClient, change: Change, number: int, answer: BatchAnswer
) -> PortalError | None:
    """Return the first error of a change that went by batch."""
    keys = [f"c{number}_{step}" for step in range(len(change.commands))]
    error = next((answer.errors[key] for key in keys if key in answer.errors), change.error)
    if error is None or error.code != _NOT_IN_BATCH:
        return error
    try:
        apply(client, change)
    except PortalError as alone:
        return alone
    return None


def reconcile(
    client: CrmClient,
    manifest: Manifest,
    *,
    base_url: str,
    applied: str = "",
    lang: str = "en",
) -> Iterator[Progress]:
    """Yield the outcome of every change, one failure not stopping the rest; nothing when all matches.

    Complete when every item `is_ok`: store `fingerprint_at(manifest, base_url)` then.
    """
    changes = plan(client, manifest, base_url=base_url, applied=applied, lang=lang)
    for start in range(0, len(changes), TOGETHER):
        some = changes[start : start + TOGETHER]
        for number, error in enumerate(apply_together(client, some)):
            yield Progress(some[number], start + number + 1, len(changes), error)


def fingerprint_at(manifest: Manifest, base_url: str) -> str:
    """Return what identifies a manifest registered under one address."""
    return f"{manifest.fingerprint}@{base_url}"


def _smart_types(client: CrmClient, answer: BatchAnswer) -> list[str] | None:
    """Return the entity types of the portal's smart processes, nothing when it does not tell: they are left alone.

    More than a page of them costs a second call.
    """
    if "types" in answer.errors:
        return None
    found = rows(answer.get("types"), "types")
    if len(found) == PAGE_SIZE:
        found = [row for row in client.rows(*_TYPES) if isinstance(row, Mapping)]
    return [text(row, "entityTypeId") for row in found if text(row, "entityTypeId").isdigit()]


def _expanded(manifest: Manifest, types: list[str]) -> Iterator[Placement]:
    """Yield the placements, one for each smart process where the code says so."""
    for one in manifest.placements:
        if _EVERY_TYPE not in one.code:
            yield one
            continue
        for number in types:
            code = one.code.replace(_EVERY_TYPE, f"_DYNAMIC_{number}_")
            yield one.model_copy(update={"code": code, "key": f"{one.key}-{number}"})


def _placements(
    answer: BatchAnswer, manifest: Manifest, base_url: str, types: list[str] | None
) -> Iterator[Change]:
    if "placement" in answer.errors:
        return
    there = {
        (text(row, "placement"), text(row, "handler")): row for row in rows(answer.get("placement"))
    }
    wanted = {(one.code, base_url + one.handler): one for one in _expanded(manifest, types or [])}
    for (code, handler), row in there.items():
        if types is None and "_DYNAMIC_" in code:
            continue
        gone = handler.startswith(base_url + "/") or code in manifest.retired.placements
        if (code, handler) not in wanted and gone:
            params = {"PLACEMENT": code, "HANDLER": handler}
            yield Change("placement", "remove", code, _title(row), (("placement.unbind", params),))
    for (code, handler), one in wanted.items():
        bind: Command = ("placement.bind", placement_params(one, handler))
        row = there.get((code, handler), {})
        if not row:
            yield Change("placement", "add", one.key, one.titles, (bind,))
        elif not _same_titles(row, one):
            unbind: Command = ("placement.unbind", {"PLACEMENT": code, "HANDLER": handler})
            yield Change("placement", "update", one.key, one.titles, (unbind, bind))


def _title(row: Row) -> dict[str, str]:
    return {"en": text(row, "title") or text(row, "placement")}


def _same_titles(row: Row, wanted: Placement) -> bool:
    """Languages the portal does not have may be missing there; one that differs counts."""
    there: Any = row.get("langAll")
    if not isinstance(there, Mapping) or not there:
        return text(row, "title") in wanted.titles.values()
    return all(
        text(there[lang], "TITLE") == title
        for lang, title in wanted.titles.items()
        if isinstance(there.get(lang), Mapping)
    )


def _events(answer: BatchAnswer, manifest: Manifest, base_url: str) -> Iterator[Change]:
    if "event" in answer.errors:
        return
    handler = base_url + manifest.urls.events
    there = {
        (text(row, "event").upper(), text(row, "handler")) for row in rows(answer.get("event"))
    }
    for event, where in sorted(there):
        stale = event not in manifest.events or where != handler
        if stale and (where.startswith(base_url + "/") or event in manifest.retired.events):
            command: Command = ("event.unbind", {"event": event, "handler": where})
            yield Change("event", "remove", event, {"en": event}, (command,))
    for event in manifest.events:
        if (event, handler) not in there:
            command = ("event.bind", {"event": event, "handler": handler})
            yield Change("event", "add", event, {"en": event}, (command,))


def _rules(
    answer: BatchAnswer, kind: Kind, wanted: Mapping[str, Mapping[str, Any]], *, is_current: bool
) -> Iterator[Change]:
    """The list is of codes of this app only, so a code the manifest lacks is left from an older version."""
    if kind in answer.errors:
        return
    there = {str(code) for code in answer.get(kind) or []}
    for code in sorted(there - set(wanted)):
        delete: Command = (f"bizproc.{kind}.delete", {"CODE": code})
        yield Change(kind, "remove", code, {"en": code}, (delete,))
    for code, fields in wanted.items():
        if code not in there:
            add: Command = (f"bizproc.{kind}.add", {"CODE": code, **fields})
            yield Change(kind, "add", code, fields["NAME"], (add,))
        elif not is_current:
            update: Command = (f"bizproc.{kind}.update", {"CODE": code, "FIELDS": fields})
            yield Change(kind, "update", code, fields["NAME"], (update,))


def _triggers(answer: BatchAnswer, manifest: Manifest, lang: str) -> Iterator[Change]:
    """Adding a code again renames it. Names are plain text, in the portal's language."""
    if "trigger" in answer.errors:
        return
    there = {text(row, "CODE"): text(row, "NAME") for row in rows(answer.get("trigger"))}
    wanted = {one.code: one for one in manifest.triggers}
    for code in sorted(set(there) - set(wanted)):
        command: Command = ("crm.automation.trigger.delete", {"CODE": code})
        yield Change("trigger", "remove", code, {"en": there[code] or code}, (command,))
    for code, one in wanted.items():
        name = one.names.get(lang, one.names["en"])
        if there.get(code) != name:
            command = ("crm.automation.trigger.add", {"CODE": code, "NAME": name})
            action: Action = "update" if code in there else "add"
            yield Change("trigger", action, code, one.names, (command,))
