"""bin/app manifest plan: a sentence, whatever is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import cli
from app.services import build, lay_out
from app.settings import read

PLAN = ["manifest", "plan", "--portal", "nowhere.example.com"]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of an installation that has not begun."""
    folder = tmp_path / "data"
    monkeypatch.setenv("PARAPH_DATA", str(folder))
    monkeypatch.delenv("PARAPH_DATABASE_URL", raising=False)
    return folder


def test_a_database_without_its_schema_is_told_what_to_do(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(PLAN) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == ("The database is not at this version's schema: run `bin/app migrate`.\n")


def test_an_unknown_portal_is_a_sentence_too(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tools = build(read())
    lay_out(tools)
    tools.database.close()
    assert cli.main(PLAN) == 1
    assert capsys.readouterr().err == "Paraph is not installed on this portal.\n"
