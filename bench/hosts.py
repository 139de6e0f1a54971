"""Forms of hostile DOMAIN, SERVER_ENDPOINT, client_endpoint and PROTOCOL (goal S3): each names the same thief."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

ADDRESSES = (
    "127.0.0.1:{port}", "localhost:{port}", "http://127.0.0.1:{port}/rest/", "https://127.0.0.1:{port}/rest/",
    "//127.0.0.1:{port}/rest/", "http:\\\\127.0.0.1:{port}\\rest\\", "{portal}@127.0.0.1:{port}",
    "http://{portal}@127.0.0.1:{port}/rest/", "http://127.0.0.1:{port}#{portal}/rest/",
    "http://127.0.0.1:{port}?{portal}/rest/", "http://127.0.0.1:{port}\\@{portal}/rest/",
    "{portal}.127.0.0.1.nip.example:{port}", "http://2130706433:{port}/rest/", "http://0x7f000001:{port}/rest/",
    "http://0177.0.0.1:{port}/rest/", "http://127.1:{port}/rest/", "http://[::1]:{port}/rest/",
    "http://[::ffff:127.0.0.1]:{port}/rest/", "http://127。0。0。1:{port}/rest/", "http://①②⑦.0.0.1:{port}/rest/",
    "http://127.0.0.1:{port}/rest/%2e%2e/", "file:///etc/passwd", "gopher://127.0.0.1:{port}/_x",
    "http://169.254.169.254/latest/meta-data/", "{portal}\r\nHost: 127.0.0.1:{port}", "evil.example.com", " ",
)  # fmt: skip
"""{port}: where the thief listens; {portal}: the portal's true host."""
FRAME_NAMES = (
    "DOMAIN",
    "SERVER_ENDPOINT",
    "client_endpoint",
    "?DOMAIN",
    "?PROTOCOL",
    "APP_SID",
    "REFERER",
)
CALL_NAMES = ("auth[domain]", "auth[server_endpoint]", "auth[client_endpoint]")


def frames(port: int, portal: str) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Yield (form, query) to put over a good frame's: one hostile value each."""
    for name, address in product(FRAME_NAMES, addresses(port, portal)):
        if name.startswith("?"):
            yield {}, {name[1:]: address}
        else:
            yield {name: address}, {}


def calls(port: int, portal: str) -> Iterator[dict[str, str]]:
    """Yield what to put over a good event's or rule's form."""
    for name, address in product(CALL_NAMES, addresses(port, portal)):
        yield {name: address}


def addresses(port: int, portal: str) -> list[str]:
    """Return the thief's address in every form."""
    return [one.format(port=port, portal=portal) for one in ADDRESSES]
