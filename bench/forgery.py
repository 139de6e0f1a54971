"""Forged calls at our doors, by seed: installer, frames, events, rules, uninstall, tickets, in every odd wrapping.

What a forger may know is in `Known`: the portal's name, tokens of another portal and of another app, an employee's
own access token. Nothing made here may be accepted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote_plus

Pairs = list[tuple[str, str]]
FORM = "application/x-www-form-urlencoded"
BIG = 10 * 1024 * 1024
FRAME_DOORS = (
    "/placements/install", "/placements/home", "/placements/robot-settings", "/placements/ticket",
    "/placements/deal/document-button", "/placements/deal/toolbar", "/placements/deal/activity",
    "/placements/deal/timeline", "/placements/deal/tab",
)  # fmt: skip
PLACEMENTS = ("DEFAULT", "CRM_DEAL_DETAIL_TAB", "CRM_DEAL_DOCUMENTGENERATOR_BUTTON", "", "x" * 119)
EVENTS = (
    "ONAPPINSTALL", "ONAPPUPDATE", "ONAPPUNINSTALL", "ONAPPUNINSTALL", "ONCRMTYPEADD",
    "ONCRMTIMELINEITEMACTION", "ONCRMDEALDELETE", "onappuninstall", "ONAPPTEST", "", "💥",
)  # fmt: skip
"""Without ONAPPPAYMENT, which the platform never signs: it is a hint to look, from whomever it comes."""
ODD = (
    "", "0", "null", "undefined", "[]", "{}", "true", "-1", "\x00", "a\x00b", "\r\nX-Evil: 1", "../../etc/passwd",
    "' OR '1'='1", "\u202e", "😀", "{0.__class__}", "%s%s%n", "${7*7}", "{{7*7}}",
    "<script>alert(1)</script>", "x" * 5_000, "http://127.0.0.1:1/", "٣", "NaN",
)  # fmt: skip
OPTIONS = ("[]", "{", '{"ID":"\\ud800"}', "[" * 5_000, '{"ID":' + "9" * 5_000 + "}", *ODD)


@dataclass(frozen=True, slots=True)
class Known:
    """What the forger has got hold of."""

    member_id: str
    application_token: str
    """The right one: only ever used cut, turned or under another name."""
    other_member_id: str
    other_application_token: str
    employee_access: str
    """An employee's own: proves them, and nothing else."""
    foreign_access: str
    """Of another app of the same portal."""
    old_ticket: str
    closed_ticket: str
    """Of a portal that removed the app."""
    ticket: str
    """A good one, which counts in its header only."""
    ticket_doors: Sequence[tuple[str, str]]
    """(method, path) of every door that asks for a ticket."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request."""

    kind: str
    method: str
    path: str
    body: bytes = b""
    content_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def is_probe(self) -> bool:
        """Whether it only asks if an address lives, as the Market does; that is answered."""
        is_ticketed = self.kind == "ticket"
        return self.method in ("GET", "HEAD", "OPTIONS") and not is_ticketed


def forge(rng: Random, known: Known) -> Call:
    """Return one forged call."""
    kinds: list[tuple[Callable[[Random, Known], Call], int]] = [
        (_frame, 30), (_event, 30), (_rule, 20), (_ticket, 15), (_method, 4), (_heavy, 1)
    ]  # fmt: skip
    make = rng.choices([one for one, _ in kinds], [weight for _, weight in kinds])[0]
    return make(rng, known)


def _hex(rng: Random, count: int = 70) -> str:
    return "".join(rng.choices("0123456789abcdef", k=count))


def _frame(rng: Random, known: Known) -> Call:
    path = rng.choice(FRAME_DOORS)
    wrong = [
        _hex(rng),
        _hex(rng, 32),
        known.foreign_access,
        known.foreign_access[:-1],
        rng.choice(ODD),
    ]
    access, member = (
        rng.choice(wrong),
        rng.choice([known.member_id, known.other_member_id, _hex(rng, 32)]),
    )
    if rng.random() < 0.1:
        access, member = known.employee_access, known.other_member_id
    pairs = [
        ("AUTH_ID", access),
        ("AUTH_EXPIRES", rng.choice(["3600", "-1", "99999999999", "x"])),
        ("REFRESH_ID", _hex(rng)),
        ("SERVER_ENDPOINT", "http://127.0.0.1:1/rest/"),
        (
            "APPLICATION_TOKEN",
            rng.choice([known.application_token, known.other_application_token, ""]),
        ),
        ("member_id", member),
        ("PLACEMENT", rng.choice(PLACEMENTS)),
        ("PLACEMENT_OPTIONS", rng.choice(OPTIONS if rng.random() < 0.3 else ['{"ID":"1"}'])),
    ]
    if rng.random() < 0.1:
        pairs = _twisted(rng, known, pairs)
        return _wrapped(rng, "frame", path, pairs, is_whole=True)
    return _wrapped(rng, "frame", f"{path}?DOMAIN=127.0.0.1:1&PROTOCOL=0&LANG=en", pairs)


def _twisted(rng: Random, known: Known, pairs: Pairs) -> Pairs:
    """A good token of an employee in a place where none belongs: twice, in a list, under another name."""
    rest = [(k, v) for k, v in pairs if k not in ("AUTH_ID", "member_id")] + [
        ("member_id", known.member_id)
    ]
    good = known.employee_access
    twists: list[Pairs] = [
        [("AUTH_ID", good), ("AUTH_ID", _hex(rng))],
        [("AUTH_ID[]", good)], [("AUTH_ID[0][x]", good)], [("auth_id", good)], [("AUTH_ID ", good)],
        [("AUTH_ID", good + "\x00")], [("AUTH_ID", good + "\n")], [("AUTH_ID", " " + good)],
    ]  # fmt: skip
    return rest + rng.choice(twists)


def _claims(rng: Random, known: Known) -> Pairs:
    """Return an `auth` whose application token is not that of the portal it names."""
    right = known.application_token
    wrong = [
        "",
        _hex(rng, 32),
        right[:-1],
        right + "0",
        right.upper() + "G",
        "0" * 32,
        rng.choice(ODD),
    ]
    member, token = rng.choice(
        [
            (known.member_id, known.other_application_token),
            (known.other_member_id, right),
            (_hex(rng, 32), right),
            (rng.choice(ODD), right),
            *[(known.member_id, one) for one in wrong],
        ]
    )
    shapes: list[Pairs] = [
        [("auth[member_id]", member), ("auth[application_token]", token)],
        [("auth[member_id]", member)],
        [("auth[application_token]", right)],
        [("auth[member_id][]", known.member_id), ("auth[application_token]", right)],
        [("auth[member_id]", known.member_id), ("auth[application_token][]", right)],
        [("auth[member_id]", known.member_id), ("auth[application_token][a]", right)],
        [("auth", right), ("member_id", known.member_id), ("application_token", right)],
        [("AUTH[member_id]", known.member_id), ("AUTH[application_token]", right)],
        [("auth[member_id]", known.member_id), *[("auth[application_token]", one) for one in (right, token)]],
    ]  # fmt: skip
    return rng.choices(shapes, [8, 1, 1, 1, 1, 1, 1, 1, 1])[0]


def _event(rng: Random, known: Known) -> Call:
    name = rng.choice(EVENTS)
    pairs: Pairs = [("event", name), *_claims(rng, known), ("ts", "1"), ("data[CLEAN]", "1")]
    pairs += [
        ("data[id]", "void"),
        ("data[activityId]", str(rng.randrange(40))),
        ("data[userId]", "1"),
    ]
    if rng.random() < 0.5:
        access = rng.choice(
            [_hex(rng), known.foreign_access, known.employee_access, rng.choice(ODD)]
        )
        pairs += [("auth[access_token]", access), ("auth[refresh_token]", _hex(rng))]
        pairs += [
            ("auth[client_endpoint]", "http://127.0.0.1:1/rest/"),
            ("auth[domain]", "127.0.0.1:1"),
        ]
    if rng.random() < 0.2:
        pairs.append(("event", "ONAPPINSTALL"))
    return _wrapped(rng, "event", "/handlers/events", pairs)


def _rule(rng: Random, known: Known) -> Call:
    pairs: Pairs = [
        ("event_token", _hex(rng, 40)), ("code", "paraph_send"), ("use_subscription", "Y"),
        ("document_id[0]", "crm"), ("document_id[1]", "CCrmDocumentDeal"), ("document_id[2]", "DEAL_1"),
        ("properties[layout]", _hex(rng, 32)), ("properties[our_signer]", "user_2"), *_claims(rng, known),
    ]  # fmt: skip
    if rng.random() < 0.3:
        pairs.append(("event", rng.choice(EVENTS)))
    if rng.random() < 0.15:
        pairs += [("auth[access_token]", rng.choice([known.foreign_access, _hex(rng)]))]
    return _wrapped(rng, "rule", "/handlers/robots/send", pairs)


def _ticket(rng: Random, known: Known) -> Call:
    method, path = rng.choice(known.ticket_doors)
    cut = rng.randrange(1, len(known.ticket) - 1)
    turned = known.ticket[:cut] + rng.choice("Aa0_-.") + known.ticket[cut + 1 :]
    tickets = [
        "", _hex(rng), known.old_ticket, known.closed_ticket, known.ticket[:cut], known.employee_access,
        turned if turned != known.ticket else "", known.ticket + known.ticket, known.application_token,
    ]  # fmt: skip
    headers = {
        "X-Paraph-Ticket": rng.choice(tickets),
        "X-Paraph-Record": rng.choice(["", _hex(rng), known.ticket]),
    }
    query = f"?ticket={known.ticket}&type=2&id=1" if rng.random() < 0.3 else ""
    body = f"ticket={known.ticket}&key={_hex(rng, 32)}".encode() if method == "POST" else b""
    return Call("ticket", method, path + query, body, FORM, headers)


def _method(rng: Random, known: Known) -> Call:
    path = rng.choice([*FRAME_DOORS, "/handlers/events", "/handlers/robots/send"])
    method = rng.choice(
        ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "CONNECT"]
    )
    body = f"AUTH_ID={known.foreign_access}&member_id={known.member_id}".encode()
    return Call("method", method, path, body, FORM, {"X-HTTP-Method-Override": "POST"})


def _heavy(rng: Random, known: Known) -> Call:
    """Ten megabytes, or a thousand levels, for a door that expects some kilobytes."""
    path = rng.choice([*FRAME_DOORS, "/handlers/events", "/handlers/robots/send"])
    claim = f"auth[member_id]={known.member_id}&event=ONAPPUNINSTALL&AUTH_ID={_hex(rng)}&"
    deep = rng.choice([b'{"a":' * 20_000 + b"1" + b"}" * 20_000, b"[" * 100_000])
    bodies: list[tuple[bytes, str]] = [
        (claim.encode() + b"x=" + b"a" * BIG, FORM),
        (b"&".join([b"a=1"] * 60_000), FORM),
        (b'{"auth":"' + b"a" * BIG + b'"}', "application/json"),
        (deep, "application/json"),
        (b"{" + b'"a":1,' * 100_000 + b'"a":1}', "application/json"),
        (b'{"event": ' + b"9" * 10_000 + b"}", "application/json"),
        (_multipart([(f"f{n}", "x") for n in range(3_000)]), MULTIPART),
    ]  # fmt: skip
    body, kind = rng.choice(bodies)
    return Call("heavy", "POST", path, body, kind)


MULTIPART = "multipart/form-data; boundary=forged"


def _multipart(pairs: Pairs) -> bytes:
    lines = [
        f'--forged\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in pairs
    ]
    return ("".join(lines) + "--forged--\r\n").encode("utf-8", "surrogatepass")


def _nested(pairs: Pairs) -> dict[str, object]:
    root: dict[str, object] = {}
    for key, value in pairs:
        steps = key.replace("]", "").split("[")
        here: dict[str, object] = root
        for step in steps[:-1]:
            inner = here.get(step)
            here[step] = inner if isinstance(inner, dict) else {}
            here = here[step]  # type: ignore[assignment]
        last = steps[-1]
        here[last] = [here[last], value] if last in here else value
    return root


def _wrapped(rng: Random, kind: str, path: str, pairs: Pairs, *, is_whole: bool = False) -> Call:
    """Return the call in one of many wrappings, most often the one that Bitrix24 uses.

    is_whole: never cut short, because half of it would be a good call.
    """
    rng.shuffle(pairs)
    plain = "&".join(f"{quote_plus(k)}={quote_plus(v)}" for k, v in pairs).encode()
    as_json = json.dumps(_nested(pairs)).encode()
    wraps: list[tuple[bytes, str]] = [
        (plain, FORM),
        (_multipart(pairs), MULTIPART),
        (as_json, "application/json"),
        (as_json, FORM),
        (plain, "application/json"),
        (plain, "text/plain"),
        (plain, ""),
        (plain.decode().encode("utf-16"), f"{FORM}; charset=utf-16"),
        (plain.replace(b"%", b"%%"), FORM),
        (plain + b"&%ff%fe=%00&=&&;;[]=&a[[b]]=1", FORM),
        (as_json.replace(b'"event', b'"x":"\\ud800","event'), "application/json"),
        (json.dumps([_nested(pairs)]).encode(), "application/json"),
        (plain if is_whole else plain[: len(plain) // 2], FORM),
    ]
    body, content_type = rng.choices(wraps, [12, 3, 4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])[0]
    return Call(kind, "POST", path, body, content_type)
