"""create_app(): settings → services → doors. What gunicorn loads."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app import logs, memory, services
from app.http import compress, errors, headers, limits, warm
from app.services import Services
from app.settings import ROOT, read
from handlers import (
    deadline,
    events,
    health,
    legal,
    receipts,
    robots,
    signing,
    signing_aside,
    signing_papers,
    signing_pictures,
    verify,
)
from placements import (
    branding,
    deal,
    desk,
    evidence,
    filing,
    home,
    installer,
    many,
    message_texts,
    proofs,
    rest_log,
    robot_settings,
)

DOORS = (
    deadline,
    events,
    health,
    legal,
    receipts,
    robots,
    signing,
    signing_aside,
    signing_papers,
    signing_pictures,
    verify,
    branding,
    deal,
    desk,
    evidence,
    filing,
    home,
    installer,
    many,
    message_texts,
    proofs,
    rest_log,
    robot_settings,
)
MAX_BODY_BYTES = 30 * 1024 * 1024
STATIC_AGE_S = 365 * 24 * 3600


def create_app(tools: Services | None = None) -> Flask:
    """Return the web application; without `tools` they are built from the environment, and it warms up aside."""
    ready = tools or _from_environment()
    app = Flask(
        "paraph",
        root_path=str(ROOT),
        template_folder=str(ROOT / "templates" / "pages"),
        static_folder=str(ROOT / "static"),
    )
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY_BYTES, SEND_FILE_MAX_AGE_DEFAULT=STATIC_AGE_S)
    app.extensions["paraph"] = ready
    app.before_request(headers.start_clock)
    app.before_request(limits.refuse_odd_address)
    app.after_request(headers.log_request)
    app.after_request(headers.secure)
    app.after_request(compress.compress)
    errors.register(app)
    for door in DOORS:
        app.register_blueprint(door.blueprint)
    if ready.settings.proxies:
        hops = ready.settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    if tools is None:
        warm.warm_up_aside(app)
    return app


def _from_environment() -> Services:
    memory.give_back()
    settings = read()
    logs.configure(settings.log_level)
    tools = services.build(settings)
    services.lay_out(tools)
    services.check_keys(tools)
    return tools
