"""The container's files and the operator's page: what is written there is so."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import ROOT
from tools import container, environment

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
IGNORED = (ROOT / ".dockerignore").read_text("utf-8")


def test_the_containers_files_are_in_order() -> None:
    assert container.faults() == []


@pytest.mark.parametrize(
    ("was", "is_now", "fault"),
    [
        ("USER paraph", "USER root", "must not be root"),
        ("VOLUME /data", "VOLUME /var", "must be /data"),
        ("--require-hashes", "", "pip install without --require-hashes"),
        ("--no-install-recommends", "", "apt-get install without"),
        ("&& rm -rf /var/lib/apt/lists/*", "", "rm -rf"),
        ("FROM python:3.11-slim-bookworm AS", "FROM python AS", "has no version"),
        ("COPY locales", "ADD locales", "use COPY"),
        ("COPY locales ./locales", "COPY nowhere ./locales", "no such file"),
        ('CMD ["gunicorn"', 'CMD gunicorn "', "JSON list"),
    ],
)
def test_a_careless_change_of_the_dockerfile_is_named(was: str, is_now: str, fault: str) -> None:
    assert was in DOCKERFILE
    found = list(container.dockerfile_faults(DOCKERFILE.replace(was, is_now), IGNORED))
    assert any(fault in one for one in found), found


def test_a_file_that_the_program_reads_must_be_in_the_image() -> None:
    without = DOCKERFILE.replace(" LICENSE", "")
    assert any("reads LICENSE" in one for one in container.unread_faults(without))


def test_what_dockerignore_leaves_out_cannot_be_copied() -> None:
    found = container.dockerfile_faults(DOCKERFILE, IGNORED.replace("!migrations", ""))
    assert "COPY migrations: .dockerignore leaves it out" in list(found)


def test_a_careless_change_of_the_compose_files_is_named() -> None:
    files = container.read_compose()
    worker = files["compose.yaml"]["services"]["worker"]
    worker["read_only"] = False
    worker["environment"] = {"PARAPH_DATABASE": "x"}
    files["compose.postgres.yaml"]["services"]["database"]["image"] = "postgres:latest"
    found = list(container.compose_faults(files))
    assert len(found) == 3
    assert any("PARAPH_DATABASE is no setting" in one for one in found)


def test_the_proxy_is_the_only_door_to_the_world() -> None:
    services = container.read_compose()["compose.postgres.yaml"]["services"]
    assert [name for name, one in services.items() if one.get("ports")] == ["proxy"]


def test_the_table_of_settings_is_that_of_the_program() -> None:
    page = environment.PAGE.read_text("utf-8")
    assert environment.with_table(page) == page, "run: python -m tools.environment"
    names = [one.name for one in environment.settings()]
    assert len(names) > 30
    assert "OPERATOR_TOKEN" in names
    assert "KILL_AFTER" not in names


def test_every_link_of_the_operators_page_leads_somewhere() -> None:
    page = environment.PAGE.read_text("utf-8")
    targets = [part.split(")")[0] for part in page.split("](")[1:]]
    assert targets
    missing = [one for one in targets if not (Path(environment.PAGE).parent / one).exists()]
    assert missing == []
