"""The program: its control interface, its data file, ports that are taken."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from pathlib import Path

import requests
from portal_kit import Client

from emulator import docgen
from emulator.demo_data import CLIENT_ID
from emulator.model_app import Portal
from emulator.server import Emulator, start
from emulator.state import State

ROOT = Path(__file__).parents[2]


def test_the_control_interface_shows_a_deal_and_counts_calls(admin: Client) -> None:
    base = f"{admin.portal.portal_url}/emulator"
    requests.post(f"{base}/rest-counters/reset", timeout=5)
    admin.call("batch", cmd=["server.time", "profile"])
    moved = requests.post(f"{base}/deals/1/stage", json={"stage": "EXECUTING"}, timeout=5)
    assert moved.json() == {"id": 1, "stage": "EXECUTING"}
    body = requests.get(f"{base}/state", params={"deal": 1}, timeout=5).json()
    assert body["rest_calls"]["http"] == 1
    assert body["rest_calls"]["by_method"] == {"batch": 1, "server.time": 1, "profile": 1}
    assert [e["kind"] for e in body["timeline"]] == ["stage", "created"]
    assert body["installations"][0]["status"] == "finished"


def test_faults_clock_and_reset_are_reachable_from_another_process(admin: Client) -> None:
    base = f"{admin.portal.portal_url}/emulator"
    rule = {"method": "profile", "kind": "OVERLOAD_LIMIT", "times": 1}
    assert requests.post(f"{base}/faults", json=[rule], timeout=5).json() == {"rules": 1}
    assert admin.error("profile") == (503, "OVERLOAD_LIMIT")
    requests.post(f"{base}/clock", json={"advance": 4000}, timeout=5)
    assert admin.error("profile") == (401, "expired_token")
    requests.post(f"{base}/reset", timeout=5)
    assert admin.portal.state.installations == {}
    assert admin.error("profile") == (401, "invalid_token")


def test_a_state_comes_back_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "portal.state"
    with start(data=path, converter=lambda _: b"%PDF") as first:
        first.engine.start_install(CLIENT_ID, 1)
        first.engine.finish_install(CLIENT_ID)
        first.engine.add_comment(1, "kept", 2)
    with start(data=path, converter=lambda _: b"%PDF") as second:
        assert second.state.installations[CLIENT_ID].finished
        assert second.state.deal_timeline(1)[0].text == "kept"
        assert second.state.portal.domain == second.portal_url.partition("://")[2]


def test_a_conversion_that_a_stop_interrupted_is_done_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "portal.state"
    with start(data=path, docgen_delay_s=60, converter=lambda _: b"%PDF") as first:
        first.engine.create_document_from_template(1, 1, 1)
    with start(data=path, docgen_delay_s=0, converter=lambda _: b"%PDF") as second:
        (document,) = second.state.documents.values()
        assert docgen.wait_converted(document)
        assert document.pdf_file_id


def test_a_damaged_state_file_gives_a_fresh_portal(tmp_path: Path) -> None:
    path = tmp_path / "portal.state"
    path.write_bytes(b"not a state")
    with start(data=path) as portal:
        assert len(portal.state.deals) == 7


def test_the_clock_moves_only_forward_by_what_was_asked() -> None:
    state = State(Portal("m", "example.com", "t"))
    before = state.now()
    state.advance(90)
    assert 90 <= (state.now() - before).total_seconds() < 91


def test_a_taken_port_ends_the_program_with_one_sentence() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        ended = subprocess.run(
            [sys.executable, "-m", "emulator", "--portal-port", str(port), "--oauth-port", "0"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1].startswith(f"Port {port} is already in use")


def test_the_program_says_when_it_is_ready_and_stops_when_told() -> None:
    ports = [a for n in ("portal", "oauth", "services", "smtp") for a in (f"--{n}-port", "0")]
    with subprocess.Popen(
        [sys.executable, "-m", "emulator", *ports], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        guard = threading.Timer(20, process.kill)
        guard.start()
        assert process.stdout is not None
        line = process.stdout.readline()
        process.terminate()
        assert process.wait(10) == 0
        guard.cancel()
    assert line.startswith("emulator ready: http://127.0.0.1:")


def test_the_demonstration_needs_no_product_code() -> None:
    code = (
        "import sys, emulator.server, emulator.__main__; "
        "bad = [m for m in sys.modules if m.split('.')[0] in ('app', 'handlers', 'placements')]; "
        "sys.exit(str(bad) if bad else 0)"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=30, check=False)
    assert ended.returncode == 0


def test_many_callers_at_once_each_get_their_own_number(installed: Emulator) -> None:
    frame = installed.engine.open_placement(1, "DEFAULT")
    client = Client(installed, frame.fields["AUTH_ID"])
    installed.state.limits.enabled = False
    fields = {"ENTITY_TYPE": "deal", "ENTITY_ID": 1, "COMMENT": "x"}
    found: list[int] = []

    def work() -> None:
        found.extend(client.call("crm.timeline.comment.add", fields=fields) for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 30
