"""Services: every tool of one process, built once from the settings and handed down as an argument."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import uuid4

from app.bucket import open_bucket
from app.delivery.channels import Channels, open_channels
from app.documents.convert import Converter
from app.documents.pictures import PagePictures
from app.files import Files, Folder
from app.jobs import Jobs
from app.manifest import Manifest
from app.manifest import load as load_manifest
from app.portals import Portals, StoredTokens
from app.sealing.keys import SealingKey, keep_public, load_or_make, read_roots
from app.secrets import Secrets, WrongKeys
from app.settings import ROOT, Settings
from app.store import canary, company_keys, owners, schema, templates
from app.store.database import Database
from app.texts import translator

if TYPE_CHECKING:
    from app.sealing.timestamps import Timestamper

SHIPPED = ROOT / "templates" / "documents"
NAMES = {
    "services_contract": "Services contract",
    "invoice": "Invoice",
    "acceptance": "Act of acceptance",
    "nda": "Non-disclosure agreement",
    "power_of_attorney": "Power of attorney",
}
"""What people call a shipped template, by slug without its language (msgids)."""


@dataclass(frozen=True)
class Services:
    """The tools. Not slotted: expensive ones are made at their first use."""

    settings: Settings
    database: Database
    files: Files
    secrets: Secrets
    jobs: Jobs
    portals: Portals
    now: Callable[[], datetime]
    new_id: Callable[[], str]

    @cached_property
    def manifest(self) -> Manifest:
        """What install.json says."""
        return load_manifest(ROOT / "install.json")

    @cached_property
    def converter(self) -> Converter:
        """LibreOffice, started at the first conversion; only the worker uses it."""
        return Converter(soffice=self.settings.soffice, hide=(self.settings.data,))

    @cached_property
    def pictures(self) -> PagePictures:
        """Pictures of pages, drawn once for all processes of this host."""
        return PagePictures(self.settings.data / "cache" / "pages", self.files.get)

    @cached_property
    def sealing_key(self) -> SealingKey:
        """The installation's key: made at the first start, or outside in a token or at a signing service."""
        folder = self.settings.data / "keys"
        if self.settings.seal_key == "file":
            return load_or_make(folder, organisation=self.settings.organisation, now=self.now())
        key = _key_outside(self.settings)
        keep_public(folder, key)
        return key

    @cached_property
    def timestamper(self) -> Timestamper:
        """The time-stamp authorities, in the operator's order."""
        # Imported here: what judges certificates takes twenty megabytes, and a web process asks for no time.
        from app.sealing.timestamps import Timestamper

        return Timestamper(self.settings.tsa_urls.split())

    @cached_property
    def channels(self) -> Channels:
        """The ways to reach people that the operator set up."""
        return open_channels(self.settings, now=self.now)

    @property
    def seal_roots(self) -> tuple[bytes, ...]:
        """Certificates of which one must stand above a sealing key: ours and our companies', and no stranger's."""
        with self.database.reading() as session:
            brought = [one.encode() for one in company_keys.known(session)]
        return (*read_roots(self.settings.data / "keys"), *brought)

    @property
    def tsa_roots(self) -> tuple[bytes, ...]:
        """Certificates of which one must stand above a time stamp."""
        return read_roots(self.settings.tsa_trust)


def build(settings: Settings, *, now: Callable[[], datetime] | None = None) -> Services:
    """Return the services of this process; opens the database, starts nothing."""
    clock = now or (lambda: datetime.now(UTC))
    settings.data.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database)
    secrets = Secrets(settings.data / "keys")
    vault = StoredTokens(database, secrets, clock)
    return Services(
        settings=settings,
        database=database,
        files=_files(settings),
        secrets=secrets,
        jobs=Jobs(database.engine, owners.portal_of),
        portals=Portals(settings, vault),
        now=clock,
        new_id=lambda: uuid4().hex,
    )


def _key_outside(settings: Settings) -> SealingKey:
    """Return the key in the token or at the service that the operator named. Raises KeyAway, SealFailed."""
    from app.sealing import outside_keys as outside

    if settings.seal_key == "pkcs11":
        return outside.open_token(
            outside.Token(
                module=settings.pkcs11_module,
                token=settings.pkcs11_token,
                label=settings.pkcs11_key,
                pin=settings.pkcs11_pin,
                chain=settings.seal_chain,
            )
        )
    return outside.open_remote(
        outside.Remote(
            address=settings.csc_url,
            credential=settings.csc_credential,
            bearer=settings.csc_token,
            pin=settings.csc_pin,
            chain=settings.seal_chain,
        )
    )


def _files(settings: Settings) -> Files:
    """Return the store of files: the operator's bucket, or the data folder."""
    if settings.s3_bucket:
        return Files(open_bucket(settings))
    spare_bytes = settings.min_free_mb * 1024 * 1024
    return Files(Folder(settings.data / "files"), spare_bytes=spare_bytes)


def lay_out(services: Services) -> None:
    """Bring the one database to this version: our schema and the queue's; again changes nothing."""
    schema.migrate(services.database)
    services.jobs.lay_out()
    _ship_templates(services)


def _ship_templates(services: Services) -> None:
    """Offer the templates that come with the app ("<slug>.<lang>.docx") to every portal."""
    for path in sorted(SHIPPED.glob("*.docx")):
        slug = path.stem
        lang = slug.rpartition(".")[2]
        digest = services.files.put(path.read_bytes())
        with services.database.transaction() as session:
            templates.ship(
                session,
                template_id=services.new_id(),
                slug=slug,
                name=translator(lang)(NAMES.get(slug.rpartition(".")[0], slug)),
                lang=lang,
                digest=digest,
                created_at=services.now(),
            )


def check_keys(services: Services) -> None:
    """Make sure the keys open what the database holds; raises WrongKeys.

    The first start leaves a known text; later starts must be able to read it.
    """
    with services.database.transaction() as session:
        kept = canary.read(session)
        if kept is None:
            if canary.write(session, services.secrets.encrypt("canary", "paraph")):
                return
            kept = canary.read(session) or ""
    if services.secrets.decrypt("canary", kept) != "paraph":
        raise WrongKeys
