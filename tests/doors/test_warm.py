"""A fresh process makes itself ready, so that no first visitor waits while pages are compiled."""

from __future__ import annotations

from pathlib import Path

from app.http.warm import warm_up
from app.services import Services
from app.web import create_app

PAGES = Path("templates/pages")


def test_every_page_is_compiled_before_anybody_asks_for_it(services: Services) -> None:
    app = create_app(services)
    assert not app.jinja_env.cache
    warm_up(app)
    cache = app.jinja_env.cache or {}
    compiled = {name for _, name in cache.keys()}  # noqa: SIM118
    assert compiled == {str(one.relative_to(PAGES)) for one in PAGES.rglob("*.html")}
    assert "channels" in services.__dict__
