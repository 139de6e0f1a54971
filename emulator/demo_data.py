"""The demonstration's first minute: a small design studio in Lyon and its clients.

Every name, number and address is invented; mail is @example.com and @example.org, phones are
+33 1 99 00 xx xx (never given to anyone).
"""

from __future__ import annotations

from dataclasses import dataclass

from emulator.demo_clients import fill_clients
from emulator.demo_company import fill_company
from emulator.demo_deals import fill_deals
from emulator.model_crm import Stage, User
from emulator.state import App, DocTemplate, Portal, State, Webhook

CLIENT_ID = "local.paraph.demo1"
CLIENT_SECRET = "demo-secret-not-for-production"
MEMBER_ID = "7d0c1f6a2b9e4853a1c6e0f4b8d25973"
WEBHOOK_SECRET = "demowebhook00001"
SCOPES = ("crm", "placement", "bizproc", "im", "user_basic")
WEBHOOK_SCOPES = (
    "crm", "placement", "bizproc", "im", "user_basic", "user_brief", "user", "documentgenerator",
    "disk",
)  # fmt: skip
STAGES = (
    ("NEW", "Nouveau", "#39A8EF", ""),
    ("PREPARATION", "À préparer", "#2FC6F6", ""),
    ("EXECUTING", "Envoyer le contrat", "#55D0E0", ""),
    ("FINAL_INVOICE", "Contrat signé", "#47E4C2", ""),
    ("WON", "Gagnée", "#7BD500", "S"),
    ("LOSE", "Perdue", "#FF5752", "F"),
)


@dataclass(frozen=True, slots=True)
class AppCard:
    """What an application's developer enters on its card: name, paths under its address, scopes."""

    title: str = "Paraph"
    installer: str = "/placements/install"
    main: str = "/placements/home"
    events: str = "/handlers/events"
    scopes: tuple[str, ...] = SCOPES


PARAPH = AppCard()


def build(*, domain: str, oauth_url: str, app_url: str, card: AppCard = PARAPH) -> State:
    """Return a fresh portal with people, clients, deals and our app ready to be installed."""
    portal = Portal(MEMBER_ID, domain, "Atelier Lumen")
    state = State(portal, oauth_url=oauth_url)
    fill_users(state)
    fill_app(state, app_url, card)
    fill_stages(state)
    fill_company(state)
    fill_templates(state)
    fill_clients(state)
    fill_deals(state)
    return state


def fill_users(state: State) -> None:
    people = (
        User(
            1, "Hélène", "Marchand", "helene.marchand@example.com", "+33199000101",
            position="Directrice", is_admin=True, can_edit_templates=True,
        ),
        User(
            2, "Karim", "Benali", "karim.benali@example.com", "+33199000102",
            position="Commercial",
        ),
        User(
            3, "Sophie", "Durand", "sophie.durand@example.com", "+33199000103",
            position="Commerciale", lang="en",
        ),
    )  # fmt: skip
    state.users = {user.id: user for user in people}
    state.reserve_ids("user", 3)
    state.webhooks.append(Webhook(1, WEBHOOK_SECRET, WEBHOOK_SCOPES))


def fill_app(state: State, app_url: str, card: AppCard) -> None:
    app = App(CLIENT_ID, CLIENT_SECRET, "", "", "", "", (), code=CLIENT_ID)
    place_app(app, app_url, card)
    state.apps[CLIENT_ID] = app


def place_app(app: App, app_url: str, card: AppCard = PARAPH) -> None:
    """Write the app's name, addresses and scopes on its card; an empty path is none."""
    base = app_url.rstrip("/")
    app.title, app.scopes = card.title, card.scopes
    app.installer_url = f"{base}{card.installer}"
    app.application_url = f"{base}{card.main}"
    app.event_url = f"{base}{card.events}" if card.events else ""


def fill_stages(state: State) -> None:
    for position, (ident, name, color, semantics) in enumerate(STAGES, start=1):
        state.stages[ident] = Stage(ident, name, position * 10, color, semantics)


def fill_templates(state: State) -> None:
    rows = (
        ("Contrat de prestation de services", "services", "fr"),
        ("Devis", "quote", "fr"),
        ("Mutual non-disclosure agreement", "nda", "us"),
    )
    for name, kind, region in rows:
        ident = state.next_id("template")
        state.templates[ident] = DocTemplate(
            ident, name, kind, region=region, code=kind, created=state.now(), sort=ident * 100
        )
