"""What stands before a real portal: a line of some length, and a web server that keeps connections open.

A request costs a round trip, a new connection two more (TCP, and TLS 1.3). The pretend portal itself closes every
connection, so without this a pool has nothing to keep.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HANDSHAKES = 2
"""Round trips before a new connection carries its first byte."""


@contextmanager
def front(port: int, *, round_trip_s: float) -> Iterator[int]:
    """Yield the port of a web server that hands POST requests on to `port`."""

    class Front(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            time.sleep(HANDSHAKES * round_trip_s)
            super().setup()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(round_trip_s)
            behind = HTTPConnection("127.0.0.1", port)
            kind = {"Content-Type": self.headers["Content-Type"]}
            behind.request("POST", self.path, body, kind)
            answer = behind.getresponse()
            found = answer.read()
            behind.close()
            head = f"HTTP/1.1 {answer.status} OK\r\nContent-Length: {len(found)}\r\n\r\n"
            self.wfile.write(head.encode() + found)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Front)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
