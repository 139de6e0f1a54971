"""A portal where three calls in ten fail: the quick part of `bin/bench rest --sick`."""

from __future__ import annotations

from bench import sick


def test_sixty_envelopes_come_through_a_sick_portal_once_each_and_within_its_rate():
    outcome = sick.run(60)
    assert (outcome.done, outcome.cards, outcome.comments) == (60, 60, 60)
    assert outcome.above_rate == 0
    assert 0.2 < sum(outcome.failed.values()) / outcome.calls < 0.4
    assert set(outcome.failed) == set(sick.WAYS)
    assert all(outcome.failed.values())
