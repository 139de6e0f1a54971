"""Alive, ready, version, figures: what an orchestrator and a monitoring system ask."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, text

from app.actions import health
from app.services import Services, check_keys
from app.store.tables import Canary, Heartbeat
from app.web import create_app
from handlers.health import is_fresh

Make = Callable[..., Services]
TOKEN = "read-the-figures"
WORKER = Heartbeat(worker="worker-1", host="alpha", converter="", clock_s=0.5)


def beat(services: Services, **changes: object) -> None:
    values = {
        "worker": "worker-1",
        "host": "alpha",
        "at": services.now(),
        "converter": "",
        "clock_s": 0.5,
    }
    with services.database.transaction() as session:
        session.merge(Heartbeat(**{**values, **changes}))


def ready(services: Services) -> tuple[int, list[str], list[str]]:
    answer = create_app(services).test_client().get("/readyz")
    assert answer.json is not None
    return answer.status_code, answer.json["faults"], answer.json["warnings"]


def test_a_whole_installation_is_ready_and_says_nothing(services: Services) -> None:
    check_keys(services)
    beat(services)
    assert ready(services) == (200, [], [])


def test_without_a_worker_pages_go_on_and_the_operator_is_told(services: Services) -> None:
    assert ready(services) == (200, [], ["worker"])


@pytest.mark.parametrize(
    ("said", "warning"),
    [
        ({"converter": "LibreOffice is not installed."}, "converter"),
        ({"clock_s": -90.0}, "clock"),
        ({"clock_s": 61.0}, "clock"),
    ],
)
def test_what_a_worker_misses_is_a_warning(
    services: Services, said: dict[str, object], warning: str
) -> None:
    beat(services, **said)
    assert ready(services) == (200, [], [warning])


def test_a_worker_that_fell_silent_is_missed(services: Services) -> None:
    beat(services, at=services.now() - timedelta(seconds=61))
    assert ready(services)[2] == ["worker"]


def test_keys_of_another_installation_take_it_out_of_service(services: Services) -> None:
    beat(services)
    with services.database.transaction() as session:
        session.execute(delete(Canary))
        session.add(Canary(name="keys", value_enc="of-another-house"))
    assert ready(services) == (503, ["canary"], [])


def test_a_schema_of_another_version_takes_it_out_of_service(services: Services) -> None:
    app = create_app(services)
    with services.database.transaction() as session:
        session.execute(text("update alembic_version set version_num = '0001'"))
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json) == (
        503,
        {"status": "not ready", "faults": ["migration"], "warnings": []},
    )


def test_a_database_that_is_gone_is_named_and_no_more_is_asked(services: Services) -> None:
    services.database.close()
    path = services.settings.data / "paraph.db"
    path.unlink()
    path.mkdir()
    (services.settings.data / "paraph.db-wal").unlink(missing_ok=True)
    (services.settings.data / "paraph.db-shm").unlink(missing_ok=True)
    assert ready(services) == (503, ["database"], [])
    path.rmdir()


def test_a_store_that_takes_nothing_stops_and_a_full_disk_warns(make_services: Make) -> None:
    services = make_services(min_free_mb=10**9)
    beat(services)
    assert ready(services) == (200, [], ["disk"])
    folder = services.settings.data / "files"
    folder.rename(folder.with_name("elsewhere"))
    assert ready(services) == (503, ["storage"], ["disk"])


def test_a_certificate_near_its_end_is_announced_with_its_day(
    services: Services, clock: Callable[[], object]
) -> None:
    ends = services.sealing_key.expires_at
    clock.at = ends - timedelta(days=59)  # type: ignore[attr-defined]
    beat(services)
    (found,) = health.findings(services)
    assert found.name == "sealing_key"
    assert ends.date().isoformat() in found.sentence


def test_a_heartbeat_is_kept_once_a_worker(services: Services) -> None:
    for clock_s in (1.0, 2.0):
        health.beat(services, "worker-1", clock_s=clock_s)
    with services.database.reading() as session:
        rows = session.query(Heartbeat).all()
    assert [(row.worker, row.clock_s) for row in rows] == [("worker-1", 2.0)]


def test_figures_are_closed_without_a_token_of_the_operator(services: Services) -> None:
    client = create_app(services).test_client()
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_figures_are_told_to_who_names_the_token(make_services: Make) -> None:
    services = make_services(operator_token=TOKEN)
    beat(services)
    client = create_app(services).test_client()
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 403
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    lines = answer.text.splitlines()
    assert answer.status_code == 200
    assert 'paraph_envelopes{status="sealed"} 0' in " ".join(lines).replace(".0", "")
    assert "paraph_workers 1.0" in lines
    assert not [line for line in lines if line.startswith("paraph_") and len(line.split(" ")) != 2]


def test_flows_that_wait_are_counted_by_name(make_services: Make) -> None:
    services = make_services(operator_token=TOKEN)
    with services.database.transaction() as session:
        for number in range(3):
            services.jobs.enqueue(session, "finish", f"finish:{number}", str(number))
    answer = (
        create_app(services)
        .test_client()
        .get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    )
    assert 'paraph_flows{flow="finish",status="enqueued"} 3.0' in answer.text


def test_figures_are_told_even_when_the_sealing_key_cannot_be_read(make_services: Make) -> None:
    services = make_services(operator_token=TOKEN)
    (services.settings.data / "keys" / "seal-key.pem").write_text("no key")
    answer = (
        create_app(services)
        .test_client()
        .get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    )
    assert answer.status_code == 200
    assert "paraph_sealing_key_readable 0.0" in answer.text
    assert "paraph_sealing_certificate_seconds" not in answer.text
    assert "paraph_build" in answer.text


def test_a_bad_answer_stands_too_but_not_as_long() -> None:
    bad, good = [health.Finding("storage", "", stops=True)], [health.Finding("disk", "")]
    assert is_fresh(0.5, bad)
    assert not is_fresh(1.5, bad)
    assert is_fresh(1.5, good)
    assert not is_fresh(3.5, good)
