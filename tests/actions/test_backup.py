"""Backups on both databases: under load, damaged, without keys; and the way from SQLite to PostgreSQL."""

from __future__ import annotations

import tarfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import archive, care
from app.actions import backup, health
from app.archive import BadBackup
from app.errors import WrongState
from app.secrets import Secrets, WrongKeys
from app.services import Services, build, check_keys, lay_out
from app.store import audit, rows, schema, tokens
from app.store.tables import Envelope, Installation, RestCallRow
from app.store.tokens import StoredPair
from tests.conftest import new_postgres, test_settings
from tests.factories import make_envelope, make_installation

PASSWORD = "eleven green lamps"
KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


class House:
    """Makes installations, each with a data folder and a database of its own."""

    def __init__(self, folder: Path, request: pytest.FixtureRequest) -> None:
        self._folder, self._request = folder, request
        self.made: list[Services] = []

    def build(self, kind: str = "sqlite", *, is_laid_out: bool = True) -> Services:
        folder = self._folder / f"house-{len(self.made)}"
        url = ""
        if kind == "postgres":
            url = new_postgres(self._request.getfixturevalue("postgres_server"))
        services = build(test_settings(folder, database_url=url))
        self.made.append(services)
        if is_laid_out:
            lay_out(services)
            check_keys(services)
        return services


@pytest.fixture
def house(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    house = House(tmp_path, request)
    yield house
    for services in house.made:
        services.database.close()


def fill(services: Services, *, envelopes: int = 3) -> str:
    """Store a portal with its tokens, envelopes with files, a call and a flow that waits."""
    portal_id = make_installation(services.database, preferences={"note": "é – ü", "none": None})
    pair = StoredPair("access", "refresh", datetime(2026, 11, 24, tzinfo=UTC), "https://x", "1")
    with services.database.transaction() as session:
        tokens.save(session, services.secrets, portal_id, pair)
        session.add(
            RestCallRow(
                portal_id=portal_id,
                at=datetime(2026, 11, 24, 8, 0, 0, 123456, tzinfo=UTC),
                method="crm.item.get",
                asked={"id": 7},
                answered=None,
                status=200,
                ms=12,
            )
        )
        services.jobs.enqueue(session, "finish", f"finish:{portal_id}", "e1")
    for number in range(envelopes):
        digest = services.files.put(f"page {number} of {portal_id}".encode())
        make_envelope(services.database, portal_id, printed_digest=digest)
    return portal_id


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_restored_is_what_was_saved(house: House, tmp_path: Path, kind: str) -> None:
    here = house.build(kind)
    portal_id = fill(here)
    saved = backup.create(here, tmp_path / "b.tar", password=PASSWORD)
    assert backup.judge(tmp_path / "b.tar") == saved
    assert saved.tables["envelopes"].rows == 3
    assert saved.tables["workflow_status"].rows == 1

    there = house.build(kind, is_laid_out=False)
    backup.restore(there, tmp_path / "b.tar", password=PASSWORD)

    before, after = rows.sums(here.database), rows.sums(there.database)
    assert after == before
    assert sorted(there.files.digests()) == sorted(here.files.digests())
    assert schema.is_current(there.database)
    again = build(there.settings)
    house.made.append(again)
    check_keys(again)
    with again.database.reading() as session:
        assert tokens.load(session, again.secrets, portal_id, "1").access == "access"
    assert (there.settings.data / "keys" / "secrets.key").stat().st_mode & 0o77 == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_taken_while_others_write_is_one_moments_state(
    house: House, tmp_path: Path, kind: str
) -> None:
    """R11: every envelope in it has its portal, its person, its events and its file."""
    here = house.build(kind)
    portal_id = fill(here, envelopes=1)
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            digest = here.files.put(datetime.now(UTC).isoformat().encode())
            make_envelope(here.database, portal_id, printed_digest=digest)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        for number in range(2):
            backup.create(here, tmp_path / f"{number}.tar", password=PASSWORD)
    finally:
        over.set()
        for writer in writers:
            writer.join()
    sizes = []
    for number in range(2):
        there = house.build(kind, is_laid_out=False)
        told = backup.restore(there, tmp_path / f"{number}.tar", password=PASSWORD)
        sizes.append(told.tables["envelopes"].rows)
        with rows.reading(there.database) as state:
            papers = [archive.json.loads(line) for line in state.lines("documents")]
            people = [archive.json.loads(line) for line in state.lines("recipients")]
        assert len(papers) * 2 == len(people)
        assert {paper["printed_digest"] for paper in papers} <= set(there.files.digests())
    assert sizes == sorted(sizes)
    assert sizes[-1] > sizes[0] >= 1


def test_keys_leave_only_under_a_password(house: House, tmp_path: Path) -> None:
    here = house.build()
    fill(here)
    secret = (here.settings.data / "keys" / "secrets.key").read_bytes().strip()
    for password in ("", PASSWORD):
        path = tmp_path / f"{password or 'none'}.tar"
        backup.create(here, path, password=password)
        assert secret not in path.read_bytes()
        assert path.stat().st_mode & 0o77 == 0
    there = house.build(is_laid_out=False)
    path = tmp_path / f"{PASSWORD}.tar"
    with pytest.raises(WrongState, match="password"):
        backup.restore(there, path)
    with pytest.raises(BadBackup, match="does not open"):
        backup.restore(there, path, password="another")


def test_without_the_keys_the_doctor_says_which_are_missing(house: House, tmp_path: Path) -> None:
    here = house.build()
    fill(here)
    backup.create(here, tmp_path / "b.tar")
    there = house.build(is_laid_out=False)
    backup.restore(there, tmp_path / "b.tar")
    assert "Put back the folder 'keys'" in health.findings(there)[0].sentence
    with pytest.raises(WrongKeys):
        check_keys(there)


@pytest.mark.parametrize("damage", ["cut", "row", "file"])
def test_a_damaged_backup_is_refused(house: House, tmp_path: Path, damage: str) -> None:
    here = house.build()
    fill(here)
    path = tmp_path / "b.tar"
    backup.create(here, path)
    whole = path.read_bytes()
    if damage == "cut":
        path.write_bytes(whole[: len(whole) // 2])
    else:
        words = b"Lighting for the reading room" if damage == "row" else b"page 1 of"
        assert words in whole
        path.write_bytes(whole.replace(words, words[:-1] + b"x"))
    there = house.build(is_laid_out=False)
    with pytest.raises(BadBackup):
        backup.restore(there, path)
    assert rows.is_empty(there.database)


def test_nothing_is_restored_over_what_is_there(house: House, tmp_path: Path) -> None:
    here = house.build()
    fill(here)
    backup.create(here, tmp_path / "b.tar")
    with pytest.raises(WrongState, match="already"):
        backup.restore(here, tmp_path / "b.tar")


@pytest.mark.parametrize("kind", KINDS)
def test_data_of_every_earlier_schema_comes_forward(house: House, kind: str) -> None:
    """At each revision a portal and an envelope are put in, and all of them arrive at this version's schema."""
    services = house.build(kind, is_laid_out=False)
    for revision in schema.revisions():
        schema.migrate(services.database, revision)
        with rows.filling(services.database) as fill_in:
            fill_in("installations", [OLD_PORTAL.replace(b"REV", revision.encode())])
            fill_in("envelopes", [OLD_ENVELOPE.replace(b"REV", revision.encode())])
    lay_out(services)
    assert schema.is_current(services.database)
    with services.database.reading() as session:
        kept = session.query(Envelope).order_by(Envelope.id).all()
        assert [one.id for one in kept] == [f"e{revision}" for revision in schema.revisions()]
        assert session.query(Installation).count() == len(kept)


OLD_PORTAL = (
    b'{"portal_id":"pREV","member_id":"mREV","domain":"d","client_endpoint":"e","state":"active","lang":"en",'
    b'"version":"","scope":"","application_token_hash":"","admin_user_id":"1","preferences":{},'
    b'"installed_at":"2026-11-01T00:00:00+00:00"}'
)
OLD_ENVELOPE = (
    b'{"id":"eREV","portal_id":"pREV","number":"P-1","entity_type_id":2,"entity_id":"7","record_title":"r",'
    b'"title":"t","status":"sealed","lang":"en","message":"","document_type":"x","source":{},'
    b'"snapshot_digest":"","prepare_state":"ready","prepare_error":"","auto_send":false,"layout_id":"",'
    b'"origin":"person","created_by":"1","sender_name":"n","sender_email":"","company_name":"",'
    b'"reason":"","created_at":"2026-11-01T00:00:00+00:00","activity_id":"","card_number":0,'
    b'"source_activity_id":"","comment_id":"","report_state":"none","report_error":"",'
    b'"trail_digest":"","card_tried":false,"comment_tried":false,"filed":{}}'
)


@pytest.mark.postgres
def test_the_house_moves_from_sqlite_to_postgresql(house: House) -> None:
    here, there = house.build(), house.build("postgres", is_laid_out=False)
    portal_id = fill(here)
    before = rows.sums(here.database)
    moved = list(backup.move(here, there))
    assert {one.name: one.rows for one in moved} == {n: one.rows for n, one in before.items()}
    after = rows.sums(there.database)
    assert {name: after[name] for name in before} == before
    fill(there)
    with there.database.reading() as session:
        assert audit.events(session, "nobody") == []
        assert session.query(RestCallRow).count() == 2
    with pytest.raises(WrongState, match="already"):
        list(backup.move(here, there))
    assert portal_id


def test_a_new_data_key_reads_all_that_was_kept(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    services = house.build()
    portal_id = fill(services)
    folder = services.settings.data / "keys"
    old = (folder / "secrets.key").read_text()
    hashed = services.secrets.keyed_hash("signing_link", "token")
    monkeypatch.setenv("PARAPH_DATA", str(services.settings.data))
    asked = care_parser().parse_args(["keys", "rotate"])
    health.beat(services, "worker-1", clock_s=None)
    assert asked.run(asked) == 1
    assert "Stop web and workers first" in capsys.readouterr().out
    with services.database.transaction() as session:
        session.execute(rows.text("update heartbeats set at = :at"), {"at": LONG_AGO})
    assert asked.run(asked) == 0
    fresh = Secrets(folder)
    assert (folder / "secrets.key").read_text().endswith(old)
    assert len((folder / "secrets.key").read_text().split()) == 2
    assert fresh.keyed_hash("signing_link", "token") == hashed
    newest_only = folder.parent / "newest"
    newest_only.mkdir()
    (newest_only / "secrets.key").write_text((folder / "secrets.key").read_text().split()[0])
    with services.database.reading() as session:
        assert tokens.load(session, Secrets(newest_only), portal_id, "1").refresh == "refresh"


LONG_AGO = (datetime(2026, 1, 1, tzinfo=UTC) - timedelta(days=1)).replace(tzinfo=None)


def care_parser() -> care.argparse.ArgumentParser:
    parser = care.argparse.ArgumentParser()
    care.add_commands(parser.add_subparsers())
    return parser


def test_the_commands_of_an_operator_say_what_they_did(
    house: House,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    services = house.build()
    fill(services)
    monkeypatch.setenv("PARAPH_DATA", str(services.settings.data))
    monkeypatch.setenv("PARAPH_CLIENT_ID", "local.paraph")
    path = tmp_path / "b.tar"

    def run(*words: str) -> tuple[int, str]:
        asked = care_parser().parse_args(list(words))
        return asked.run(asked), capsys.readouterr().out

    code, said = run("backup", "create", str(path))
    assert code == 0
    assert "The keys are not in it" in said
    assert run("backup", "verify", str(path))[0] == 0
    code, said = run("doctor")
    assert code == 1
    assert "For you, who runs this:" in said
    assert "No worker is at work" in said
    assert "PARAPH_TSA_URLS is not set" in said
    assert 'paraph_envelopes{status="sent"} 3.0' in run("metrics")[1]
    with tarfile.open(path) as tar:
        assert tar.getnames()[-1] == "manifest.json"
