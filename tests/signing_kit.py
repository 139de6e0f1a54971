"""A signer in front of an envelope: real files, real links, jobs that only remember what they were asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import BytesIO
from typing import Any, cast
from uuid import uuid4

import pikepdf

from app.core import consent
from app.core.fields import SignatureImage, SignatureWay
from app.core.signing import LinkPurpose, SigningCaller, Submission
from app.jobs import Jobs
from app.services import Services
from app.store import audit, envelopes
from app.store import signing as store
from app.store.database import Session
from app.store.tables import Delivery, Envelope, FieldRow, Recipient, SigningLink
from tests.factories import make_envelope, make_installation

TYPED = SignatureImage(way=SignatureWay.TYPED, text="Jean Exemple", hand="lively")
DRAWN = SignatureImage(way=SignatureWay.DRAWN, strokes=(((0.1, 0.5), (0.9, 0.4)),), aspect=2.0)


@dataclass
class AskedJobs:
    """Remembers (flow, key) of what was asked for."""

    asked: list[tuple[str, str]] = field(default_factory=list)

    def enqueue(self, session: object, flow: str, key: str, *args: str, delay_s: float = 0) -> None:
        self.asked.append((flow, key))

    def flows(self) -> list[str]:
        return [flow for flow, _ in self.asked]


def with_asked_jobs(services: Services) -> tuple[Services, AskedJobs]:
    jobs = AskedJobs()
    return replace(services, jobs=cast(Jobs, jobs)), jobs


def one_page() -> bytes:
    """A real PDF of one A4 page."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(595, 842))
    out = BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()


@dataclass
class Signer:
    """A recipient with a link, and what a test asks about them."""

    services: Services
    envelope_id: str
    recipient_id: str
    token: str
    link_id: str
    purpose: LinkPurpose = LinkPurpose.SIGN
    lang: str = "en"

    @property
    def short(self) -> str:
        return self.recipient_id[:12]

    @property
    def caller(self) -> SigningCaller:
        me = self.row
        return SigningCaller(
            link_id=self.link_id,
            purpose=self.purpose,
            portal_id=me.portal_id,
            envelope_id=self.envelope_id,
            recipient_id=self.recipient_id,
            lang=self.lang,
            ip="192.0.2.7",
            browser="Test browser",
        )

    @property
    def row(self) -> Recipient:
        with self.services.database.reading() as session:
            return store.recipient(session, self.recipient_id)

    @property
    def envelope(self) -> Envelope:
        with self.services.database.reading() as session:
            return envelopes.get(session, self.envelope_id)

    @property
    def fields(self) -> list[FieldRow]:
        with self.services.database.reading() as session:
            return store.desk(session, self.envelope_id, self.recipient_id).mine

    @property
    def shown(self) -> str:
        with self.services.database.reading() as session:
            return store.desk(session, self.envelope_id, self.recipient_id).shown

    def events(self) -> list[str]:
        with self.services.database.reading() as session:
            return [event.kind.value for event in audit.events(session, self.envelope_id)]

    def event(self, kind: str) -> dict[str, str]:
        """The data of the last event of `kind`."""
        with self.services.database.reading() as session:
            found = [e for e in audit.events(session, self.envelope_id) if e.kind.value == kind]
        return dict(found[-1].data)

    def submission(self, **changes: Any) -> Submission:
        values = {
            "seen": self.shown,
            "consent_hash": consent.current(self.lang).hash,
            "signature": TYPED,
            **changes,
        }
        return Submission(**values)

    def form(self, **changes: str) -> dict[str, str]:
        """What a plain form posts."""
        values = {
            "form_key": self.services.secrets.keyed_hash("signing_form", self.link_id),
            "seen": self.shown,
            "consent": consent.current(self.lang).hash,
            "typed_name": "Jean Exemple",
            **changes,
        }
        return {name: value for name, value in values.items() if value}

    def here_form(self) -> dict[str, str]:
        """The same on the device where a colleague opened the document for this person."""
        with self.services.database.reading() as session:
            links = session.query(SigningLink).filter_by(recipient_id=self.recipient_id)
            link = links.filter_by(purpose=LinkPurpose.HERE.value).one()
        key = self.services.secrets.keyed_hash("signing_form", link.id)
        return self.form(form_key=key)

    def code(self) -> str:
        """The newest code, as its message would carry it."""
        with self.services.database.reading() as session:
            rows = session.query(Delivery).filter_by(recipient_id=self.recipient_id, purpose="code")
            newest = rows.order_by(Delivery.created_at.desc()).first()
        assert newest is not None
        return self.services.secrets.decrypt(f"delivery:{newest.id}", newest.secret_enc)

    def wrong_code(self) -> str:
        return "000000" if self.code() != "000000" else "111111"

    def change(self, edit: Callable[[Envelope, Recipient], None]) -> None:
        """Edit the envelope and the recipient as they are stored."""
        with self.services.database.transaction() as session:
            desk = store.locked_desk(session, self.envelope_id, self.recipient_id)
            edit(desk.envelope, desk.me)

    def add_field(self, kind: str, **changes: Any) -> str:
        """Give the signer one more field; return its id."""
        field_id = uuid4().hex
        with self.services.database.transaction() as session:
            desk = store.desk(session, self.envelope_id, self.recipient_id)
            values: dict[str, Any] = {
                "id": field_id,
                "portal_id": desk.envelope.portal_id,
                "envelope_id": self.envelope_id,
                "document_id": desk.documents[0].id,
                "key": f"{kind}-{field_id[:6]}",
                "kind": kind,
                "role": desk.me.role_key,
                "page": 0,
                "x": 0.1,
                "y": 0.7,
                "w": 0.3,
                "h": 0.05,
                **changes,
            }
            session.add(FieldRow(**values))
        return field_id


def add_link(
    services: Services, envelope_id: str, recipient_id: str, purpose: LinkPurpose = LinkPurpose.SIGN
) -> Signer:
    """Give a stored recipient a link of thirty days."""
    token, link_id = services.secrets.token(), uuid4().hex
    with services.database.transaction() as session:
        session.add(
            SigningLink(
                id=link_id,
                portal_id=store.recipient(session, recipient_id).portal_id,
                recipient_id=recipient_id,
                purpose=purpose.value,
                token_hash=services.secrets.keyed_hash(store.LINK_HASH, token),
                created_at=services.now(),
                expires_at=services.now() + timedelta(days=30),
            )
        )
    return Signer(services, envelope_id, recipient_id, token, link_id, purpose)


def make_signers(
    services: Services,
    *,
    parties: tuple[str, ...] = ("us", "client"),
    purpose: LinkPurpose = LinkPurpose.SIGN,
    link_days: int = 30,
    printed: bytes = b"",
    **changes: Any,
) -> dict[str, Signer]:
    """Store a sent envelope and a link for each of `parties`; return the signers by role.

    printed: the PDF to sign, a blank page unless given.
    """
    portal_id = make_installation(services.database)
    digest = services.files.put(printed or one_page())
    envelope_id = make_envelope(
        services.database, portal_id, signers=parties, printed_digest=digest, **changes
    )
    signers = {}
    with services.database.transaction() as session:
        _count_pages(session, envelope_id, printed)
        for person in envelopes.recipients(session, envelope_id):
            person.state = "invited"
            token, link_id = services.secrets.token(), uuid4().hex
            session.add(
                SigningLink(
                    id=link_id,
                    portal_id=portal_id,
                    recipient_id=person.id,
                    purpose=purpose.value,
                    token_hash=services.secrets.keyed_hash(store.LINK_HASH, token),
                    created_at=services.now(),
                    expires_at=services.now() + timedelta(days=link_days),
                )
            )
            signers[person.role_key] = Signer(
                services, envelope_id, person.id, token, link_id, purpose
            )
    return signers


def _count_pages(session: Session, envelope_id: str, printed: bytes) -> None:
    if not printed:
        return
    with pikepdf.open(BytesIO(printed)) as pdf:
        sizes = [[float(page.mediabox[2]), float(page.mediabox[3])] for page in pdf.pages]
    document = envelopes.documents(session, envelope_id)[0]
    document.page_count, document.page_sizes = len(sizes), sizes


def make_signer(services: Services, **changes: Any) -> Signer:
    """Store a sent envelope with the client as its only signer."""
    return make_signers(services, parties=("client",), **changes)["client"]
