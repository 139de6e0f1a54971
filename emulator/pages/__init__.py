"""The pages a person uses in the pretend portal. Selectors for walks: README.md beside this file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

from emulator.pages import automation, board, card, files, frames, market, messages, record, shell

if TYPE_CHECKING:
    from emulator.engine import Engine

__all__ = ["register"]

# Importing a module adds its routes to the one blueprint.
ROOMS = (automation, board, card, files, frames, market, messages, record)


def register(app: Flask, engine: Engine) -> None:
    """Add the pages to the portal's web application; they act through `engine`."""
    app.extensions["engine"] = engine
    app.register_blueprint(shell.pages)
