"""What an automation rule wants, read from the properties of its call, and what it is told afterwards.

Properties come from a portal's form: a person, another rule or a process may have put anything there. Whatever is
not one of the choices counts as the default; nothing here refuses a call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from app.core import card as cards
from app.core.card import Card
from app.core.layout import LayoutSpec, RolePlan, role_of
from app.core.proposal import OURS, is_named
from app.errors import BadInput

SEND: Final = "paraph_send"
VOID: Final = "paraph_void"
REMIND: Final = "paraph_remind"
WAIT: Final = "paraph_wait"
LONGEST_DAYS: Final = 365
MAX_MESSAGE: Final = 2_000
MAX_POSITION: Final = 80
NO_LAYOUT: Final = "The layout of this rule is gone. Open the rule and choose another one."
DISMISSED: Final = (
    "The colleague who signs in this rule has left the portal. Choose another one in the rule."
)
NO_DIRECTOR: Final = (
    "The director of our company is not known among the colleagues. Choose who signs in the rule."
)
ASKS: Final = "Some fields need a look before this can be sent."
NOTHING_OUT: Final = "On this record nothing is out for signature."
OUT_ALREADY: Final = (
    "A document of this kind is already out for signature here. Nothing new was sent."
)
REASONS: Final = {
    "Tell us who signs for the client.": (
        "This record has no contact, so nobody could be asked to sign. Add one and run the rule again."
    ),
    "This contact has no e-mail address. Add one here.": (
        "The contact has no e-mail address. Add one to the contact and run the rule again."
    ),
    "This contact has no phone number. Add one here.": (
        "The contact has no phone number. Add one to the contact and run the rule again."
    ),
    cards.GONE: "The document template of this rule was deleted. Open the rule and choose another one.",
    "Bitrix24 cannot find this any more. It may have been deleted.": (
        "The record, or its smart process, does not exist any more."
    ),
}
"""What a person at the form is told, in words for a manager who finds it later."""
_CHOICES: Final = {
    "client": ("main", "all", "position"),
    "our_signer_by": ("layout", "fixed", "responsible", "company"),
    "first": ("layout", "us", "client", "together"),
    "channel": ("auto", "email", "sms"),
    "identity": ("layout", "code", "link"),
    "if_open": ("leave", "replace", "another"),
    "wait": ("sent", "finished"),
}
"""The answers of each choice, the default first."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """A rule's settings as typed values."""

    layout: str = ""
    """As the rule names it: "3. Services contract"."""
    our_signer_by: str = "layout"
    client: str = "main"
    """Who of the record's contacts signs."""
    client_position: str = ""
    """For `client` position: words in it, "manager"."""
    our_signer: str = ""
    """A portal user's id, for `our_signer_by` fixed."""
    first: str = "layout"
    channel: str = "auto"
    identity: str = "layout"
    deadline_days: int = 0
    """0: as long as everywhere."""
    reminders: bool = True
    message: str = ""
    if_open: str = "leave"
    wait: str = "sent"


def read(properties: Mapping[str, Any]) -> Wishes:
    """Return the wishes in a call's properties; what is none of the answers counts as not given."""
    signer = _user(one(properties, "our_signer"))
    by = choice(properties, "our_signer_by")
    return Wishes(
        layout=one(properties, "layout")[:200],
        our_signer_by="fixed" if signer and by == "layout" else by,
        our_signer=signer,
        client=choice(properties, "client"),
        client_position=one(properties, "client_position")[:MAX_POSITION],
        first=choice(properties, "first"),
        channel=choice(properties, "channel"),
        identity=choice(properties, "identity"),
        deadline_days=number(properties, "deadline_days"),
        reminders=one(properties, "reminders").upper() not in ("N", "0", "FALSE"),
        message=one(properties, "message")[:MAX_MESSAGE],
        if_open=choice(properties, "if_open"),
        wait=choice(properties, "wait"),
    )


def one(properties: Mapping[str, Any], name: str) -> str:
    """Return a property as one text: of several values the first, "" for anything that is no text."""
    value = properties.get(name, "")
    if isinstance(value, list):
        value = value[0] if value else ""
    return value.strip() if isinstance(value, str) else ""


def choice(properties: Mapping[str, Any], name: str) -> str:
    """Return the answer of a choice, its default when it is none of the known ones."""
    answers = _CHOICES[name]
    given = one(properties, name)
    return given if given in answers else answers[0]


def number(properties: Mapping[str, Any], name: str) -> int:
    """Return a number of days from 0 to a year; 0 for what is no number."""
    text = one(properties, name).partition(".")[0]
    found = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    return min(found, LONGEST_DAYS)


def turned(spec: LayoutSpec, wishes: Wishes, signer: str) -> LayoutSpec:
    """Return `spec` as the rule wants it: its signer, order, channel and code in place of those remembered.

    signer: the colleague's id, "" for the one of the layout. A link by hand becomes an e-mail: with a rule nobody
    is there to hand it over.
    """
    return replace(spec, roles=tuple(_turned(role, wishes, signer) for role in spec.roles))


def _turned(role: RolePlan, wishes: Wishes, signer: str) -> RolePlan:
    ours = role.key == OURS
    role = replace(role, order=_order(role, wishes.first, ours=ours))
    if ours:
        return replace(role, portal_user_id=signer or role.portal_user_id)
    if wishes.identity != "layout":
        role = replace(role, needs_code=wishes.identity == "code")
    if wishes.channel in ("email", "sms"):
        return replace(role, channel=wishes.channel)
    return replace(role, channel="email") if role.channel == "link" else role


def _order(role: RolePlan, first: str, *, ours: bool) -> int:
    if first == "layout":
        return role.order
    if first == "together":
        return 1
    return 1 if ours == (first == "us") else 2


def _user(value: str) -> str:
    """Return the id in a user property: `user_14` or `14`; "" when there is none."""
    bare = value.removeprefix("user_")
    return bare if bare.isascii() and bare.isdigit() and len(bare) < 16 else ""


def outcome(
    *,
    status: str,
    prepare_state: str,
    wait: str,
    is_final: bool,
) -> str:
    """Return what a rule that waits is told now: "failed", "asking", the envelope's status; "" when not yet.

    asking: a person must look before it can be sent. A rule does not wait for people it did not ask.
    """
    if is_final:
        return status
    if status == "draft":
        return prepare_state if prepare_state in ("failed", "asking") else ""
    return status if wait == "sent" else ""


def signed_by(people: Sequence[tuple[str, bool]]) -> str:
    """Return the names of those who signed; people: (name, has signed)."""
    return ", ".join(name for name, has_signed in people if has_signed)


def signer_of(card: Card, wishes: Wishes, spec: LayoutSpec) -> str:
    """Return the colleague who signs for us, "" for whoever the layout or the requisites lead to.

    Raises BadInput when the one who is meant cannot be.
    """
    role = role_of(spec, OURS)
    if wishes.our_signer_by == "responsible":
        return card.snapshot.record.assigned_by_id
    if wishes.our_signer_by == "company":
        director = card.snapshot.us.director
        named = (one.id for one in card.colleagues if is_named(one.name, director))
        found = next(named, "")
        if not found:
            raise BadInput(NO_DIRECTOR, field="our_user")
        return found
    if wishes.our_signer_by == "fixed":
        return wishes.our_signer
    return role.portal_user_id if role else ""


def reason(error_key: str) -> str:
    """Return the sentence (msgid) a manager reads, for one made for a sender who sits before the form."""
    return REASONS.get(error_key, error_key)
