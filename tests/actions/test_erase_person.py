"""A person is erased: what was kept of them goes, the seals and the chains stay."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import text

from app.actions.erase_person import erase_person
from app.actions.examine import examine
from app.actions.export import export
from app.core.evidence import EventKind
from app.services import Services
from app.store import audit, envelopes
from tests.factories import make_envelope, make_installation
from tests.tools.sealing_kit import NOW
from tests.verify_kit import HELENE, make_trail_of, open_house, seal_with

PEOPLE = 12


def sign_and_seal(services: Services, portal_id: str, email: str, **more: str) -> str:
    """Return the id of an envelope that the person signed."""
    envelope_id = make_envelope(services.database, portal_id, **{"status": "sealed", **more})
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        person = envelopes.recipients(session, envelope_id)[1]
        person.name, person.email, person.signed_ip = f"Person {email}", email, "203.0.113.77"
        person.phone = ""
        who = {"actor": f"recipient:{person.id}", "ip": "203.0.113.77", "browser": "Firefox"}
        audit.record(
            session, envelope, EventKind.INVITED, at=NOW, actor="system", data={"to": email}
        )
        for kind in (EventKind.VIEWED, EventKind.SIGNED):
            audit.record(session, envelope, kind, at=NOW, **who)
    return envelope_id


def everything(services: Services) -> str:
    """Return every row of the tables that tell of people, as text."""
    tables = ("recipients", "audit_events", "audit_details", "deliveries", "fields")
    with services.database.engine.connect() as connection:
        rows = [connection.execute(text(f"SELECT * FROM {table}")).all() for table in tables]
    return str(rows)


def test_people_are_erased_and_every_chain_holds(services: Services) -> None:
    portal_id = make_installation(services.database)
    people = [f"person{number}@example.org" for number in range(PEOPLE)]
    for email in people:
        sign_and_seal(services, portal_id, email)
    for email in people:
        done = erase_person(services, email)
        assert (done.seats, done.events, done.waiting) == (1, 3, [])
    kept = everything(services)
    assert not [email for email in people if email in kept]
    assert "203.0.113.77" not in kept
    seen = examine(services)
    assert seen.faults == []
    assert (seen.chains, seen.erased) == (PEOPLE, 3 * PEOPLE)


def test_others_on_the_same_envelope_are_left(services: Services) -> None:
    portal_id = make_installation(services.database)
    envelope_id = sign_and_seal(services, portal_id, "claire@example.org")
    erase_person(services, "claire@example.org")
    with services.database.reading() as session:
        ours, theirs = envelopes.recipients(session, envelope_id)
    assert (ours.name, ours.email) == ("Claire Lumen", "us@example.org")
    assert (theirs.name, theirs.email, theirs.signed_ip) == ("—", "", "")


def test_what_still_waits_is_told_and_left(services: Services) -> None:
    portal_id = make_installation(services.database)
    sign_and_seal(services, portal_id, "claire@example.org", status="sent", number="P-7")
    done = erase_person(services, "claire@example.org")
    assert (done.seats, done.waiting) == (0, ["P-7"])
    assert "claire@example.org" in everything(services)


def test_counting_first_changes_nothing(services: Services) -> None:
    sign_and_seal(services, make_installation(services.database), "claire@example.org")
    assert erase_person(services, "claire@example.org", dry_run=True).seats == 1
    assert "claire@example.org" in everything(services)


@pytest.fixture
def exported(services: Services, tmp_path: Path) -> Path:
    """Everything about one sealed envelope, unpacked."""
    office = open_house(services)
    portal_id = make_installation(services.database)
    envelope_id = sign_and_seal(services, portal_id, "claire@example.org", number="P-2026-000042")
    sealed = seal_with(office, make_trail_of(HELENE))
    with services.database.transaction() as session:
        (paper,) = envelopes.documents(session, envelope_id)
        paper.sealed_digest = services.files.put(sealed)
        paper.original_digest = services.files.put(b"what was brought")
    name, content = export(services, envelope_id)
    assert name == "Services contract - P-2026-000042.zip"
    assert content == export(services, envelope_id)[1]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path / "out")
    return tmp_path / "out"


def test_an_export_can_be_judged_by_itself(exported: Path) -> None:
    trust = ("--roots", "roots/seal.pem", "--tsa-roots", "roots/time.pem")
    alone = (sys.executable, "-I", "-S", "paraph-verify.py")
    done = subprocess.run(
        [*alone, "sealed/1 Services contract.pdf", *trust],
        cwd=exported,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("VALID"), done.stdout + done.stderr
    sums = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=exported, check=False)
    assert sums.returncode == 0
    brought = exported / "originals" / "1 Services contract.original"
    assert brought.read_bytes() == b"what was brought"
