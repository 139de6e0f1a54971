"""A new data key: what is kept is encrypted with it; the old ones stay readable and keep making the hashes."""

from __future__ import annotations

from app.services import Services
from app.store import encrypted


def rotate(services: Services) -> int:
    """Make a new data key and encrypt all that is kept with it; return how many values that were.

    No other process may run: one with the old key only could not read what is written from now on. Broken off
    half-way, nothing is lost: every key is tried, and a second run makes another key.
    """
    services.secrets.add_key()

    def anew(purpose: str, text: str) -> str:
        return services.secrets.encrypt(purpose, services.secrets.decrypt(purpose, text))

    with services.database.transaction() as session:
        return encrypted.renew(session, anew)
