"""The process of child.py: limits itself, reads roots (one line of JSON) and a file, writes a report as JSON.

Run as `python -m app.sealing.child_main MEMORY_BYTES CPU_S`.
"""

from __future__ import annotations

import json
import resource
import sys

from app.sealing.child import ANSWER_BYTES
from app.sealing.report import to_json
from app.sealing.verify import verify


def main() -> None:
    """Judge one file, from standard input to standard output."""
    memory, cpu_s = int(sys.argv[1]), int(sys.argv[2])
    _limit(memory, cpu_s)
    asked = json.loads(sys.stdin.buffer.readline())
    report = verify(
        sys.stdin.buffer.read(),
        trusted_roots=[one.encode() for one in asked["trusted_roots"]],
        tsa_roots=[one.encode() for one in asked["tsa_roots"]],
    )
    sys.stdout.write(json.dumps(to_json(report)))


def _limit(memory: int, cpu_s: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (ANSWER_BYTES, ANSWER_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))


if __name__ == "__main__":
    main()
