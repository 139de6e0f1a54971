"""Word 97 and OpenDocument files that people bring: checked, cleaned, and really printed by LibreOffice."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.documents.convert import Converter
from app.documents.office_setup import (
    OfficeProgram,
    find_office,
    office_command,
    office_environment,
    write_profile,
)
from app.documents.pages import page_count, page_text
from app.documents.tagged import collect_fields
from app.documents.uploads import from_upload
from app.errors import ConverterMissing
from tests.tools.documents_kit import word

pytestmark = pytest.mark.office
TEXT = "Accord de partenariat, signé à Lyon"


@pytest.fixture(scope="module")
def program() -> OfficeProgram:
    try:
        return find_office()
    except ConverterMissing as error:
        if "CI" in os.environ:
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def files(program: OfficeProgram, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The same text as Word and as LibreOffice would have saved it."""
    folder = tmp_path_factory.mktemp("old")
    write_profile(folder / "profile")
    source = folder / "accord.docx"
    source.write_bytes(word(TEXT, *["Une clause de plus."] * 60, cells=("Nous", "Le client")))
    for kind in ("doc", "odt"):
        command = office_command(program.soffice, folder / "profile")
        subprocess.run(
            [*command, "--convert-to", kind, "--outdir", str(folder), str(source)],
            env=office_environment(folder),
            capture_output=True,
            timeout=120,
            check=True,
        )
    return {kind: Path(folder, f"accord.{kind}").read_bytes() for kind in ("doc", "odt")}


@pytest.fixture(scope="module")
def converter() -> Iterator[Converter]:
    made = Converter(timeout_s=60)
    yield made
    made.stop()


@pytest.mark.parametrize("kind", ["doc", "odt"])
def test_an_upload_is_printed_whole(
    converter: Converter, files: dict[str, bytes], kind: str
) -> None:
    found = from_upload(f"accord.{kind}", files[kind])
    assert (found.kind, found.ready) == (kind, b"")
    printed = collect_fields(converter.to_pdf(found.data, kind=found.kind))
    assert printed.fields == ()
    assert page_count(printed.pdf) == 3
    pages = [page_text(printed.pdf, number) for number in range(3)]
    assert pages[0].startswith(TEXT)
    assert " ".join(pages).count("Une clause de plus.") == 60
    assert "Le client" in pages[2]
