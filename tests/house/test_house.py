"""The house's own laws: guards, paths, flows, import contracts, length of files, where packages come from."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import flows
from app.core.envelope import Status
from app.services import Services
from app.settings import ROOT
from app.web import create_app

ROOMS = ("app", "handlers", "placements")
LONGEST = 400
GUARDS = frozenset(
    {
        "open_to_all",
        "portal_frame",
        "installer_frame",
        "frame_ticket",
        "portal_event",
        "signing_link",
        "signing_session",
        "provider_receipt",
        "sender_question",
        "deadline_link",
        "deadline_visit",
        "ended_link",
        "operator",
    }
)
REGISTRIES = (
    "pythonhosted" + ".org",
    "pypi" + ".org",
    "registry.npmjs" + ".org",
    "jsdelivr" + ".net",
)


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services)


def our_files(*endings: str) -> Iterator[Path]:
    """Yield the files under version control, or ready for it, with one of `endings` ("" for all)."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and (not endings or path.suffix in endings):
            yield path


def python_files(*rooms: str) -> Iterator[Path]:
    for room in rooms:
        yield from sorted((ROOT / room).rglob("*.py"))


def guards_of(view: Callable[..., object]) -> list[str]:
    """Return the guards around a view, the outermost first."""
    found, inner = [], view
    while inner is not None:
        guard = inner.__dict__.get("guard")
        if guard and guard not in found:
            found.append(guard)
        inner = inner.__dict__.get("__wrapped__")  # type: ignore[assignment]
    return found


def test_every_route_has_exactly_one_guard(app: Flask) -> None:
    """A route that nobody guards answers everyone; S4 and S5 rest on this list."""
    wrong = {
        str(rule): guards_of(app.view_functions[rule.endpoint])
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and len(guards_of(app.view_functions[rule.endpoint])) != 1
    }
    assert wrong == {}


def test_every_guard_is_one_that_is_known_here(app: Flask) -> None:
    """A new guard is a decision about who may come in."""
    used = {guards_of(view)[0] for name, view in app.view_functions.items() if name != "static"}
    assert used <= GUARDS


def test_what_changes_something_is_not_open_to_all(app: Flask) -> None:
    """Whoever posts is proven."""
    open_posts = [
        str(rule)
        for rule in app.url_map.iter_rules()
        if {"POST", "PUT", "DELETE", "PATCH"} & (rule.methods or set())
        and "open_to_all" in guards_of(app.view_functions[rule.endpoint])
    ]
    assert open_posts in ([], ["/verify"])


def paths_in(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from paths_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from paths_in(inner)
    elif isinstance(value, str) and value.startswith("/"):
        yield value


def test_every_path_of_the_manifest_is_a_route(app: Flask) -> None:
    manifest = json.loads((ROOT / "install.json").read_text("utf-8"))
    routes = app.url_map.bind("localhost")
    missing = [
        path
        for path in paths_in(manifest)
        if not any(routes.test(path, method=method) for method in ("GET", "POST"))
    ]
    assert missing == []


def enqueued() -> Iterator[tuple[Path, int, str]]:
    """Yield each flow that is named where one is asked for: `jobs.enqueue(session, "name", ...)`."""
    for path in python_files(*ROOMS):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or len(node.args) < 2:
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            flow = node.args[1]
            if name == "enqueue" and isinstance(flow, ast.Constant):
                yield path, node.lineno, str(flow.value)


def test_every_flow_that_is_asked_for_exists() -> None:
    asked = list(enqueued())
    assert len(asked) > 10
    unknown = [f"{path.name}:{line} {flow}" for path, line, flow in asked if flow not in flows.ALL]
    assert unknown == []


def test_every_flow_is_known_under_its_own_name() -> None:
    for name, flow in flows.ALL.items():
        assert flow.__name__ == name


def test_the_import_contracts_hold() -> None:
    script = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports())"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_no_module_is_too_long_to_be_read() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in our_files(".py", ".js")
        if not {"vendor", "migrations", "tests"} & set(path.parts)
        and (lines := path.read_text("utf-8").count("\n")) > LONGEST
    }
    assert long == {}


def test_no_file_names_a_package_registry() -> None:
    """Packages come through pip and npm as they are set up on the machine, never from an address of ours."""
    naming = [
        str(path.relative_to(ROOT))
        for path in our_files()
        if any(host.encode() in path.read_bytes() for host in REGISTRIES)
    ]
    assert naming == []


def test_the_status_is_written_in_few_places() -> None:
    """`status = ` of an envelope takes its value from core.envelope.advance, whoever writes it."""
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in python_files(*ROOMS)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Assign)
        and any(isinstance(t, ast.Attribute) and t.attr == "status" for t in node.targets)
        and not (path.match("app/errors.py") or "advance(" in ast.unparse(node.value))
    ]
    assert wrong == []
    assert len(Status) == 7
