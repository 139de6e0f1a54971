"""Two requests at the same moment: the second waits for the first and does not fail; no change is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from app.core.ours import Agreement, OurSide
from app.core.own_words import OwnWords
from app.secrets import Secrets
from app.store import installations, message_texts, once, ours, rates, rule_layouts, tokens
from app.store.database import Database, Session
from app.store.tables import Installation, Layout, ManyRun
from tests.factories import AT, make_installation

Work = Callable[[Session, str, str], None]
"""session, portal id, who: "first" or "second"."""


class Waiting:
    """Whether somebody waits on the server for a lock. On SQLite a second writer waits from the start."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self) -> bool:
        if self._database.is_sqlite:
            return True
        query = text(
            "select count(*) from pg_locks l join pg_database d on true "
            "where not l.granted and d.datname = current_database() "
            "and (l.database = d.oid or l.database is null)"
        )
        with self._database.reading() as session:
            return bool(session.execute(query).scalar_one())


def at_once(database: Database, portal_id: str, work: Work) -> None:
    """Let the first do its work, begin the second's before the first commits, and let both commit."""
    failed: list[BaseException] = []
    over = threading.Event()

    def second() -> None:
        try:
            with database.transaction() as session:
                work(session, portal_id, "second")
        except Exception as error:
            failed.append(error)
        finally:
            over.set()

    thread = threading.Thread(target=second)
    waiting = Waiting(database)
    with database.transaction() as session:
        work(session, portal_id, "first")
        session.flush()
        thread.start()
        while not waiting() and not over.wait(0.02):
            pass
    thread.join()
    assert failed == []


def keep_words(session: Session, portal_id: str, who: str) -> None:
    words = OwnWords(subject=who)
    message_texts.keep(session, portal_id, "invitation", "fr", words=words, user_id=who, now=AT)


def settle(session: Session, portal_id: str, who: str) -> None:
    if who == "first":
        ours.set_stamp(session, portal_id, "7", "ab" * 32, by=who, at=AT)
    else:
        ours.settle(session, portal_id, OurSide("7", ("1",), "us", "sms", ""), by=who, at=AT)


def keep_signature(session: Session, portal_id: str, who: str) -> None:
    agreed = Agreement("1", "fr", who)
    ours.keep_signature(session, portal_id, "1", who, agreed, AT)


def begin_run(session: Session, portal_id: str, who: str) -> None:
    run = ManyRun(id="r" * 32, portal_id=portal_id, user_id=who, properties={}, created_at=AT)
    assert once.add(session, run) is (who == "first")


def install(session: Session, _portal_id: str, who: str) -> None:
    new = Installation(
        portal_id=f"portal-{who}",
        member_id="the-same",
        domain="lumen.example.com",
        client_endpoint="https://lumen.example.com/rest/",
        installed_at=AT,
        preferences={},
    )
    assert installations.held(session, new).portal_id == "portal-first"


def prefer(session: Session, portal_id: str, who: str) -> None:
    installations.get(session, portal_id)
    installations.prefer(session, portal_id, **{who: "kept"})


def number_layout(session: Session, portal_id: str, who: str) -> None:
    layout = Layout(id=who, portal_id=portal_id, name=who)
    number = "1" if who == "first" else "2"
    assert rule_layouts.name(session, portal_id, layout) == f"{number}. {who}"


def test_own_words_of_two_administrators(database: Database) -> None:
    portal_id = make_installation(database)
    at_once(database, portal_id, keep_words)
    with database.reading() as session:
        kept = message_texts.find(session, portal_id, "invitation", "fr")
    assert kept is not None
    assert kept.subject == "second"


def test_a_stamp_and_who_signs_are_both_kept(database: Database) -> None:
    portal_id = make_installation(database)
    at_once(database, portal_id, settle)
    with database.reading() as session:
        side = ours.side(session, portal_id, "7")
    assert (side.stamp_digest, side.signers, side.channel) == ("ab" * 32, ("1",), "sms")


def test_two_frames_of_one_person_bring_tokens(database: Database, tmp_path: Path) -> None:
    secrets, portal_id = Secrets(tmp_path / "keys"), make_installation(database)
    later = AT + timedelta(hours=1)

    def keep(session: Session, portal_id: str, who: str) -> None:
        pair = tokens.StoredPair(who, f"{who}-refresh", later, "https://x/rest/", "1")
        tokens.save(session, secrets, portal_id, pair)

    at_once(database, portal_id, keep)
    with database.reading() as session:
        assert tokens.load(session, secrets, portal_id, "1").access == "second"


def test_preferences_of_both_stand(database: Database) -> None:
    portal_id = make_installation(database, preferences={"badges": "yes"})
    at_once(database, portal_id, prefer)
    with database.reading() as session:
        kept = installations.get(session, portal_id).preferences
    assert kept == {"badges": "yes", "first": "kept", "second": "kept"}


@pytest.mark.parametrize("work", [keep_signature, begin_run, install, number_layout])
def test_the_second_finds_what_the_first_made(database: Database, work: Work) -> None:
    at_once(database, make_installation(database), work)


def test_two_pauses_of_one_method(database: Database) -> None:
    threads = [
        threading.Thread(
            target=rates.pause, args=(database, "p", "crm.item.get"), kwargs={"until": n}
        )
        for n in (10.0, 10.0, 10.0)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert rates.paused(database, "p", now=9.0) == {"crm.item.get"}
    assert rates.paused(database, "p", now=datetime(2026, 1, 1, tzinfo=UTC).timestamp()) == set()
