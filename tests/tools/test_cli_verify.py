"""`bin/app verify FILE`: a clear first line, an exit code to rely on, JSON for programs, nothing else needed."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app import cli
from app.sealing.verify import LARGEST_BYTES
from app.services import Services
from tests.tools.sealing_kit import Office, make_pdf, open_office
from tests.verify_kit import HELENE, make_sealed, make_trail_of, open_house, seal_with

Verify = Callable[..., tuple[int, str, str]]


@pytest.fixture
def office(services: Services) -> Office:
    return open_house(services)


@pytest.fixture
def verify(
    services: Services, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Verify:
    """Run the command in this installation; return the exit code and what it printed on both ways."""
    monkeypatch.setenv("PARAPH_DATA", str(services.settings.data))

    def run(*words: str | Path) -> tuple[int, str, str]:
        code = cli.main(["verify", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def original(office: Office, tmp_path: Path) -> Path:
    path = tmp_path / "contract.pdf"
    path.write_bytes(make_sealed(office))
    return path


def test_an_original_is_valid_and_says_who_signed(verify: Verify, original: Path) -> None:
    code, out, err = verify(original)
    assert (code, err) == (0, "")
    assert out.startswith("Valid: sealed, and unchanged since.\n")
    assert "Signed: Hélène Marchetti, Atelier Lumen" in out
    assert "2026-11-25 08:30:00 UTC (Paraph demonstration time-stamp authority)" in out
    assert "with a key the company made itself" in out
    assert "[ ]" not in out


def test_it_speaks_french(verify: Verify, original: Path) -> None:
    _, out, _ = verify(original, "--lang", "fr")
    assert out.startswith("Valide")
    assert "Ce qui n’a pas été vérifié" in out


def test_one_changed_byte_is_not_accepted(verify: Verify, original: Path) -> None:
    changed = bytearray(original.read_bytes())
    changed[len(changed) // 2] ^= 1
    original.write_bytes(changed)
    code, out, _ = verify(original)
    assert code == 1
    assert out.startswith("Not accepted: this is not a sealed original.\nThe file was changed")
    assert "Hélène" not in out


def test_a_plain_pdf_is_not_sealed(verify: Verify, tmp_path: Path) -> None:
    (tmp_path / "plain.pdf").write_bytes(make_pdf())
    code, out, _ = verify(tmp_path / "plain.pdf")
    assert code == 1
    assert out.startswith("Not sealed")


def test_json_holds_the_whole_judgement(verify: Verify, original: Path) -> None:
    code, out, _ = verify(original, "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["verdict"], told["reasons"]) == ("valid", [])
    assert told["sealed_at"] == "2026-11-25T08:30:00+00:00"
    assert told["trail"]["recipients"][0]["name"] == "Hélène Marchetti"


def test_json_of_a_refused_file_has_a_code_for_programs(verify: Verify, original: Path) -> None:
    original.write_bytes(original.read_bytes() + b"\n")
    code, out, _ = verify(original, "--json")
    assert code == 1
    assert [one["code"] for one in json.loads(out)["reasons"]] == ["not_whole_file"]


def test_a_missing_file_and_a_folder_are_mistakes_not_verdicts(
    verify: Verify, tmp_path: Path
) -> None:
    for path, said in ((tmp_path / "none.pdf", "No such file"), (tmp_path, "Is a directory")):
        code, out, err = verify(path)
        assert (code, out) == (2, "")
        assert said in err


def test_named_roots_need_no_installation_and_no_settings(
    verify: Verify, office: Office, original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARAPH_SMTP_PORT", "not a port")
    (tmp_path / "root.pem").write_bytes(office.key.trust_pem)
    (tmp_path / "authorities").mkdir()
    (tmp_path / "authorities" / "tsa.pem").write_bytes(office.tsa.root_pem)
    code, _, err = verify(
        original, "--roots", tmp_path / "root.pem", "--tsa-roots", tmp_path / "authorities"
    )
    assert (code, err) == (0, "")


def test_wrong_settings_are_a_mistake_not_a_verdict(
    verify: Verify, original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARAPH_SMTP_PORT", "not a port")
    code, out, err = verify(original)
    assert (code, out) == (2, "")
    assert "PARAPH_SMTP_PORT" in err


def test_a_folder_without_certificates_is_named(
    verify: Verify, original: Path, tmp_path: Path
) -> None:
    code, _, err = verify(original, "--roots", tmp_path)
    assert code == 2
    assert str(tmp_path) in err


def test_an_installation_without_certificates_says_how_to_name_them(
    verify: Verify, original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARAPH_DATA", str(tmp_path / "empty"))
    code, out, err = verify(original)
    assert code == 1
    assert out.startswith("Not accepted: unchanged")
    assert "--roots and --tsa-roots" in err


def test_a_strangers_seal_is_not_accepted_and_its_name_not_believed(
    verify: Verify, office: Office, tmp_path: Path
) -> None:
    stranger = open_office(tmp_path / "stranger", name="Atelier Lumen\x1b[31m")
    (tmp_path / "forged.pdf").write_bytes(make_sealed(stranger))
    code, out, err = verify(tmp_path / "forged.pdf")
    assert (code, err) == (1, "")
    assert "a name that anyone can write" in out
    assert "\x1b" not in out


def test_names_cannot_steer_the_terminal(verify: Verify, office: Office, tmp_path: Path) -> None:
    mean = make_trail_of({**HELENE, "name": "Eve\x1b]0;x\x07\u202e\nValid"})
    (tmp_path / "mean.pdf").write_bytes(seal_with(office, mean))
    code, out, _ = verify(tmp_path / "mean.pdf")
    assert code == 0
    assert all(one.isprintable() for one in out.replace("\n", ""))
    assert out.count("\nValid") == 0


def test_a_dash_reads_standard_input(
    verify: Verify, original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(original.read_bytes())))
    assert verify("-")[0] == 0


def test_a_file_too_large_to_be_judged_still_gets_its_own_digest(
    verify: Verify, tmp_path: Path
) -> None:
    with (tmp_path / "huge.pdf").open("wb") as huge:
        huge.truncate(LARGEST_BYTES + 10_000_000)
    code, out, _ = verify(tmp_path / "huge.pdf", "--json")
    assert code == 1
    told = json.loads(out)
    assert told["reasons"][0]["code"] == "too_large"
    assert told["sha256"] == "f4098bb28ad50e5f62625db41c182a3aae5a776872e61cb69b9d84add00cc3d3"
