"""What a message may be given, what its template may set, and which value fills which gap of own words."""

from __future__ import annotations

from collections.abc import Mapping

NEEDS: Mapping[str, frozenset[str]] = {
    "invitation": frozenset({"link"}),
    "reminder": frozenset({"link"}),
    "deadline": frozenset({"link", "deadline"}),
    "code": frozenset({"code"}),
    "copy": frozenset(),
    "declined": frozenset({"by_name"}),
    "ending": frozenset({"link", "deadline"}),
    "expired": frozenset(),
    "voided": frozenset(),
    "handover": frozenset({"link"}),
    "renewal": frozenset(),
    "not_meant": frozenset(),
}
"""The messages, and the values that each needs, not empty, beside EVERY."""
EVERY = frozenset({"recipient_name", "sender_name", "company_name", "title"})
"""Any of these may be empty: people and companies of a CRM may lack a name."""
OPTIONAL: Mapping[str, object] = {
    "channel": "email",  # or sms: the text alone, short
    "recipient_role": "",  # us: our own signer; sender: who sent it; else the other party
    "link": "",  # where the button leads
    "sender_email": "",  # answers go there; without it no text invites to reply
    "message": "",  # the sender's own words
    "deadline": "",  # last day to sign, already as text
    "reason": "",
    "minutes": 10,  # code: how long it is valid
    "base_url": "",  # code: phones offer the code on the page of this host
    "signers": (),  # copy: pairs (name, when), both already text
    "verify_link": "",
    "waiting": "",  # ending: who has not signed yet, as one text
    "client": "",  # to our own signer: the other party
    "client_waits": False,  # to our own signer: the other party signs after them
    "is_sender": False,  # to our own signer: they prepared it themselves
    "record_title": "",
    "number": "",
}
GAPS: Mapping[str, str] = {
    "sender": "sender_name",
    "company": "company_name",
    "title": "title",
    "name": "recipient_name",
    "date": "deadline",
    "person": "by_name",
    "client": "client",
    "minutes": "minutes",
    "code": "code",
}
"""The gaps of a portal's own words, and the value that fills each."""
# What a message template may set, and what stands when it does not.
WORDS: Mapping[str, object] = {
    "subject": "",
    "preview": "",
    "heading": "",
    "paragraphs": (),
    "big": "",
    "facts": (),
    "quote": "",
    "quote_by": "",
    "action": "",
    "after": (),
    "small": (),
    "signed_off": True,
    "why": "",
    "sms": "",
}


OUTLINE = ("company_name", "heading", "greeting", "paragraphs", "title", "due", "big", "action")
