"""Pictures of pages are drawn once, kept by their document's digest, and never fill the disk."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from app.documents.pictures import PagePictures
from app.errors import NotFound
from tests.tools.documents_kit import pdf

PDF = pdf("one", "two")
DIGEST = hashlib.sha256(PDF).hexdigest()


class Store:
    """Counts how often a document was asked for."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, digest: str) -> bytes:
        assert digest == DIGEST
        self.asked += 1
        return PDF


def test_a_page_is_drawn_once_for_all_processes(tmp_path: Path) -> None:
    store = Store()
    first = PagePictures(tmp_path, store).get(DIGEST, 0, width_px=200)
    again = PagePictures(tmp_path, store).get(DIGEST, 0, width_px=200)
    assert first == again
    assert store.asked == 1


def test_each_page_and_width_has_its_own_picture(tmp_path: Path) -> None:
    pictures = PagePictures(tmp_path, Store())
    found = {pictures.get(DIGEST, n, width_px=w) for n in (0, 1) for w in (200, 300)}
    assert len(found) == 4


def test_a_page_that_does_not_exist_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        PagePictures(tmp_path, Store()).get(DIGEST, 7, width_px=200)
    assert list(tmp_path.rglob("*.webp")) == []


def test_an_address_never_leaves_the_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        PagePictures(tmp_path, Store()).get("../../etc", 0, width_px=200)


def test_pictures_seen_longest_ago_make_room(tmp_path: Path) -> None:
    pictures = PagePictures(tmp_path, Store())
    pictures.get(DIGEST, 0, width_px=200)
    pictures.get(DIGEST, 1, width_px=200)
    old, new = sorted(tmp_path.rglob("*.webp"))
    size = new.stat().st_size + old.stat().st_size
    os.utime(old, (1, 1))
    assert PagePictures(tmp_path, Store(), max_bytes=size - 1).sweep() == 1
    assert not old.exists()
    assert new.exists()


def test_without_a_place_to_write_pages_are_still_drawn(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    assert PagePictures(blocked, Store()).get(DIGEST, 0, width_px=200)[:4] == b"RIFF"
