"""What a rule's properties mean, whatever somebody put into them."""

from __future__ import annotations

import pytest

from app.core import rule
from app.core.layout import LayoutSpec, RolePlan
from app.core.rule import Wishes

OURS = RolePlan("us", 1, "email", needs_code=False, portal_user_id="7")
THEIRS = RolePlan("client", 2, "link", needs_code=True)
SPEC = LayoutSpec(roles=(OURS, THEIRS), fields=(), source={}, title="")


def roles(signer: str = "", **wishes: object) -> tuple[RolePlan, ...]:
    return rule.turned(SPEC, Wishes(**wishes), signer).roles  # type: ignore[arg-type]


@pytest.mark.parametrize("odd", [[], [[]], {"a": "b"}, None, 7, "zzz", ["", "x"], "-3", "9" * 40])
def test_whatever_is_none_of_the_answers_counts_as_not_given(odd: object) -> None:
    names = ("our_signer", "our_signer_by", "first", "channel", "identity", "if_open", "wait")
    given = dict.fromkeys((*names, "deadline_days"), odd)
    assert rule.read({**given, "deadline_days": "x"}) == Wishes()
    assert 0 <= rule.read(given).deadline_days <= rule.LONGEST_DAYS


def test_a_named_signer_means_a_fixed_one() -> None:
    assert rule.read({"our_signer": ["user_14"]}) == Wishes(our_signer_by="fixed", our_signer="14")


def test_a_rule_never_leaves_a_link_to_be_handed_over() -> None:
    assert [role.channel for role in roles()] == ["email", "email"]
    assert [role.channel for role in roles(channel="sms")] == ["email", "sms"]


def test_a_rules_signer_and_code_take_the_place_of_the_layouts() -> None:
    ours, theirs = roles("3", identity="link")
    assert (ours.portal_user_id, theirs.needs_code) == ("3", False)
    ours, theirs = roles()
    assert (ours.portal_user_id, theirs.needs_code) == ("7", True)


@pytest.mark.parametrize(
    ("first", "orders"),
    [("layout", [1, 2]), ("us", [1, 2]), ("client", [2, 1]), ("together", [1, 1])],
)
def test_a_rule_says_who_signs_first(first: str, orders: list[int]) -> None:
    assert [role.order for role in roles(first=first)] == orders


@pytest.mark.parametrize(
    ("status", "prepared", "wait", "told"),
    [
        ("draft", "waiting", "sent", ""),
        ("draft", "ready", "sent", ""),
        ("draft", "asking", "finished", "asking"),
        ("draft", "failed", "finished", "failed"),
        ("sent", "ready", "sent", "sent"),
        ("sent", "ready", "finished", ""),
        ("signed", "ready", "finished", ""),
        ("declined", "ready", "finished", "declined"),
        ("sealed", "ready", "sent", "sealed"),
    ],
)
def test_a_rule_is_told_once_its_wait_is_over(
    status: str, prepared: str, wait: str, told: str
) -> None:
    final = status in ("declined", "sealed")
    found = rule.outcome(status=status, prepare_state=prepared, wait=wait, is_final=final)
    assert found == told
