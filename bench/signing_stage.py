"""What the signing bench is measured on: the app over HTTP, and envelopes with a page full of text."""

from __future__ import annotations

import io
import random
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from werkzeug.serving import WSGIRequestHandler, make_server

from app import logs
from app.services import Services, build, lay_out
from app.settings import Settings
from app.web import create_app
from tests.signing_kit import Signer, make_signer, with_asked_jobs

PAGES = 8
TEXT = (
    "le prestataire fournit installe et règle l’éclairage décrit ci-dessous dans les délais convenus en "
    "garantit bon fonctionnement pendant vingt-quatre mois à compter de la réception sans réserve client "
    "verse un acompte trente pour cent montant total solde étant payable facture finale toute modification "
    "du présent contrat fait l’objet d’un avenant signé par deux parties qui conservent chacune exemplaire"
)
KNOWN = (
    ("Société", "Exemple SAS"),
    ("Adresse", "12 rue des Tisserands"),
    ("Code postal", "69001"),
    ("Ville", "Lyon"),
    ("Contact", "Jean Exemple"),
    ("Téléphone", "+33 1 99 00 12 34"),
    ("E-mail", "jean@example.org"),
    ("N° de TVA", "FR00 123 456 789"),
)


@dataclass(frozen=True)
class SigningStage:
    """A running app; `origin` is its address."""

    services: Services
    origin: str

    def signer(self, *, needs_code: bool = False, lang: str = "fr") -> Signer:
        """Return one client in front of a contract of PAGES full pages."""
        signer = make_signer(
            self.services,
            needs_code=needs_code,
            title="Contrat de prestation — Éclairage de la bibliothèque",
            printed=full_pages(),
        )
        signer.change(lambda _, me: setattr(me, "lang", lang))
        return signer

    def signer_of_ten_fields(self) -> Signer:
        """Return a client with ten fields beside the signature, eight filled from the CRM."""
        signer = self.signer()
        for place, (label, value) in enumerate(KNOWN):
            signer.add_field("text", label=label, value=value, y=0.06 + 0.03 * place, h=0.02)
        signer.add_field("text", label="Adresse de livraison", y=0.34, h=0.02)
        signer.add_field("checkbox", label="Livraison le samedi", y=0.37, w=0.03, h=0.02)
        return signer


def full_pages() -> bytes:
    """Return a PDF of PAGES pages, as dense as a contract gets."""
    out, chance = io.BytesIO(), random.Random(2026)
    canvas = Canvas(out, pagesize=A4, invariant=1)
    for page in range(PAGES):
        canvas.setFont("Helvetica-Bold", 15)
        canvas.drawString(57, 785, f"Contrat de prestation de services, partie {page + 1}")
        canvas.setFont("Helvetica", 9)
        for line in range(56):
            words = " ".join(chance.choices(TEXT.split(), k=24))
            canvas.drawString(57, 755 - 12.4 * line, f"{page + 1}.{line + 1} {words}"[:108])
        canvas.showPage()
    canvas.save()
    return out.getvalue()


class Quiet(WSGIRequestHandler):
    """One connection for many requests, as every real server keeps it; no log."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@contextmanager
def signing_stage() -> Iterator[SigningStage]:
    """Run the app on a free port with a database of its own."""
    logs.configure("WARNING")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.model_validate(
            {
                "data": Path(folder) / "data",
                "client_id": "local.paraph.bench",
                "client_secret": "bench",
                "base_url": "http://localhost:8610",
                "oauth_url": "http://127.0.0.1:9",
                "local_portals": True,
                "organisation": "Atelier Lumen",
            }
        )
        services = build(settings)
        lay_out(services)
        services, _ = with_asked_jobs(services)
        server = make_server(
            "127.0.0.1", 0, create_app(services), threaded=True, request_handler=Quiet
        )
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield SigningStage(services, f"http://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
            services.database.close()
