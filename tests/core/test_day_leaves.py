"""What is handed out of a day's root: leaves that name no envelope, and that tie the own one to the root."""

from __future__ import annotations

from app.core.audit_days import leaf_of, leaves_of, root_of
from app.core.evidence import digest_of

HEADS = {"envelope-of-ours": (3, "aa"), "envelope-of-others": (7, "bb")}


def test_the_leaves_name_no_envelope_and_hold_ones_own() -> None:
    leaves = leaves_of(HEADS)
    assert leaf_of("envelope-of-ours", (3, "aa")) in leaves
    assert leaf_of("envelope-of-ours", (2, "aa")) not in leaves
    assert "envelope" not in "".join(leaves)


def test_the_root_follows_from_the_leaves_that_are_handed_out() -> None:
    handed_out = {"day": "2026-11-24", "previous": "00", "leaves": leaves_of(HEADS)}
    assert digest_of(handed_out) == root_of("2026-11-24", previous="00", heads=HEADS)
