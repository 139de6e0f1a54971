"""Durable work on both databases: asked for in our own transaction, run once by its key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions, WorkflowHandle
from sqlalchemy import text

from app.jobs import APP_NAME, APP_VERSION, OLD_QUEUE, QUEUE, Jobs
from app.store.database import Database
from app.worker import THREADS, serve


@pytest.fixture
def prepared(database: Database) -> Database:
    """A database with the queue's own tables, as `migrate` lays them out."""
    Jobs(database.engine).lay_out()
    return database


def queued(database: Database) -> list[str]:
    client = DBOSClient(system_database_engine=database.engine, application_name=APP_NAME)
    try:
        return sorted(status.workflow_id for status in client.list_queued_workflows())
    finally:
        client.destroy()


def test_a_flow_exists_when_the_transaction_that_asked_for_it_commits(prepared: Database) -> None:
    jobs = Jobs(prepared.engine)
    with prepared.transaction() as session:
        jobs.enqueue(session, "finish", "finish:e1", "e1")
    assert queued(prepared) == ["finish:e1"]


def test_a_flow_vanishes_with_a_rollback(prepared: Database) -> None:
    jobs = Jobs(prepared.engine)
    with pytest.raises(RuntimeError), prepared.transaction() as session:
        jobs.enqueue(session, "finish", "finish:e1", "e1")
        raise RuntimeError
    assert queued(prepared) == []


def test_the_same_key_twice_is_one_flow(prepared: Database) -> None:
    jobs = Jobs(prepared.engine)
    for _ in range(2):
        with prepared.transaction() as session:
            jobs.enqueue(session, "finish", "finish:e1", "e1")
    with prepared.transaction() as session:
        jobs.enqueue(session, "finish", "finish:e1", "e1")
        jobs.enqueue(session, "finish", "finish:e2", "e2")
    assert queued(prepared) == ["finish:e1", "finish:e2"]


@pytest.fixture
def engine_of_flows(prepared: Database) -> Iterator[Database]:
    DBOS.destroy(destroy_registry=False)
    config: DBOSConfig = {
        "name": APP_NAME,
        "system_database_engine": prepared.engine,
        "executor_id": "worker-1",
        "application_version": APP_VERSION,
        "log_level": "ERROR",
        "use_listen_notify": False,
        "run_migrations": False,
    }
    DBOS(config=config)
    yield prepared
    DBOS.destroy(destroy_registry=False)


ran: list[str] = []


@DBOS.workflow(name="test-note")
def note(word: str) -> str:
    ran.append(word)
    return word


def test_an_asked_flow_runs_once(engine_of_flows: Database) -> None:
    ran.clear()
    jobs = Jobs(engine_of_flows.engine)
    for _ in range(3):
        with engine_of_flows.transaction() as session:
            jobs.enqueue(session, "test-note", "note:1", "hello")
    DBOS.launch()
    DBOS.register_queue(QUEUE, polling_interval_sec=0.05)
    assert DBOS.retrieve_workflow("note:1").get_result() == "hello"
    assert ran == ["hello"]


def test_the_queue_shares_the_database_with_our_tables(engine_of_flows: Database) -> None:
    with engine_of_flows.reading() as session:
        assert session.execute(text("select count(*) from envelopes")).scalar_one() == 0


def test_a_portal_with_a_long_line_does_not_hold_up_another(engine_of_flows: Database) -> None:
    ran.clear()
    jobs = Jobs(engine_of_flows.engine, lambda _session, word: word.partition("-")[0])
    with engine_of_flows.transaction() as session:
        for number in range(120):
            jobs.enqueue(session, "test-note", f"note:busy-{number}", f"busy-{number}")
        jobs.enqueue(session, "test-note", "note:calm-1", "calm-1")
    DBOS.launch()
    serve(poll_s=0.02)
    DBOS.retrieve_workflow("note:calm-1").get_result()
    assert ran.index("calm-1") <= 2 * THREADS


def test_what_an_older_version_asked_for_is_still_done(engine_of_flows: Database) -> None:
    ran.clear()
    client = DBOSClient(system_database_engine=engine_of_flows.engine, application_name=APP_NAME)
    asked: EnqueueOptions = {"workflow_name": "test-note", "queue_name": OLD_QUEUE}
    handle: WorkflowHandle[str] = client.enqueue(asked, "left")
    DBOS.launch()
    serve(poll_s=0.02)
    assert handle.get_result() == "left"
    client.destroy()
