from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from app import manifest as manifests
from app.texts import FRAME_LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = manifests.load(ROOT / "install.json")
METHOD = re.compile(
    r"\"((?:crm|user|bizproc|placement|event|im|app|profile|disk|mail)\.[a-z]+(?:\.[a-z]+)*)\""
)
SCOPE_OF = {
    "crm": "crm",
    "placement": "placement",
    "bizproc": "bizproc",
    "im": "im",
    "user": "user_basic",
    "event": "",
    "app": "",
}
NO_SCOPE_NEEDED = {"user.admin"}


def methods_called():
    found = set()
    for path in (ROOT / "app").rglob("*.py"):
        found |= set(METHOD.findall(path.read_text()))
    return found


def texts_of(value):
    if isinstance(value, dict):
        if value and all(key in FRAME_LANGUAGES for key in value):
            yield value
        for inner in value.values():
            yield from texts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner)


def test_the_schema_beside_the_manifest_is_the_one_its_classes_make():
    kept = json.loads((ROOT / "install.schema.json").read_text())
    assert kept == json.loads(json.dumps(manifests.schema()))


def test_every_method_we_call_is_under_a_scope_we_ask_for():
    granted = {scope.name for scope in MANIFEST.scopes}
    needed = {
        method: SCOPE_OF[method.split(".")[0]] for method in methods_called() - NO_SCOPE_NEEDED
    }
    assert {m: s for m, s in needed.items() if s and s not in granted} == {}


def test_every_scope_we_ask_for_is_used():
    used = {SCOPE_OF[method.split(".")[0]] for method in methods_called() - NO_SCOPE_NEEDED}
    assert {scope.name for scope in MANIFEST.scopes} <= used


def test_every_text_is_there_in_every_language():
    raw = json.loads((ROOT / "install.json").read_text())
    found = list(texts_of(raw))
    assert len(found) > 30
    assert [
        texts for texts in found if set(texts) != set(FRAME_LANGUAGES) or not all(texts.values())
    ] == []


def test_every_path_is_under_the_room_that_answers_it():
    assert all(path.startswith(("/placements/", "/handlers/")) for path in MANIFEST.paths)
    assert all(one.handler.startswith("/placements/") for one in MANIFEST.placements)
    assert all(one.handler.startswith("/handlers/") for one in MANIFEST.robots)
    assert MANIFEST.urls.events.startswith("/handlers/")


def test_the_fingerprint_follows_what_is_registered():
    raw = json.loads((ROOT / "install.json").read_text())
    raw["placements"][0]["titles"]["fr"] = "Parapher"
    changed = manifests.Manifest.model_validate(raw)
    assert changed.fingerprint != MANIFEST.fingerprint
    assert manifests.load(ROOT / "install.json").fingerprint == MANIFEST.fingerprint


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("placements", 0, "handler"), "https://evil.example.com/x"),
        (("placements", 0, "titles"), {"fr": "Signer"}),
        (("placements", 1, "key"), "deal-document-button"),
        (("scopes", 0, "name"), "telephony"),
        (("events", 0), "ONAPPUNINSTALL"),
        (("robots", 0, "code"), "with space"),
        (("surprise",), 1),
    ],
)
def test_a_manifest_with_a_mistake_is_refused(path, value):
    raw = json.loads((ROOT / "install.json").read_text())
    here = raw
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    with pytest.raises(ValueError, match=r"\w"):
        manifests.Manifest.model_validate(raw)
