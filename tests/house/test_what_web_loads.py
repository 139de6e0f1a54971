"""P10 and P12: a web process loads what it works with; what only the worker needs stays outside."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from app.services import Services

ROOT = Path(__file__).resolve().parents[2]
ONLY_THE_WORKER = (
    "alembic docxtpl docx pyhanko pyhanko_certvalidator aiohttp apprise obstore reportlab"
)
START = """
import sys
from app.settings import Settings
from app import services, web
tools = services.build(Settings.model_validate_json(sys.argv[1]))
services.lay_out(tools)
web.create_app(tools).test_client().get("/readyz")
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_a_web_process_on_a_laid_out_database_does_without_what_only_the_worker_needs(
    services: Services,
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", START, services.settings.model_dump_json()],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert not set(done.stdout.split()) & set(ONLY_THE_WORKER.split())
