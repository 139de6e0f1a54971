from __future__ import annotations

import threading

import pytest

from app.crm.limiter import Limiter, Limiters, Rate
from app.errors import PortalUnavailable


class Clock:
    def __init__(self):
        self.now = 0.0
        self.slept = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


def test_fifty_calls_pass_at_once_and_the_next_waits_half_a_second(clock):
    limiter = Limiter(clock=clock, sleep=clock.sleep)
    assert [limiter.take() for _ in range(50)] == [0.0] * 50
    assert limiter.take() == pytest.approx(0.5)


def test_in_any_minute_never_more_than_the_portal_allows(clock):
    limiter = Limiter(clock=clock, sleep=clock.sleep)
    moments = []
    for _ in range(300):
        limiter.take()
        moments.append(clock.now)
    for start in moments:
        assert sum(start <= m < start + 60 for m in moments) <= 50 + 120


def test_the_bucket_leaks_while_nobody_calls(clock):
    limiter = Limiter(clock=clock, sleep=clock.sleep)
    for _ in range(50):
        limiter.take()
    clock.now += 10
    assert [limiter.take() for _ in range(20)] == [0.0] * 20
    assert limiter.take() > 0


def test_a_paused_method_is_refused_and_others_go_on(clock):
    limiter = Limiter(clock=clock, sleep=clock.sleep)
    limiter.pause("crm.item.get", 30)
    with pytest.raises(PortalUnavailable) as caught:
        limiter.take("crm.item.get")
    assert caught.value.code == "OPERATION_TIME_LIMIT"
    assert limiter.take("crm.item.list") == 0
    clock.now += 31
    assert limiter.take("crm.item.get") == 0


def test_threads_together_stay_within_the_rate():
    class Ticking:
        """Time stands still, so every wait is booked against the same moment."""

        def __call__(self):
            return 0.0

    waits = []
    limiter = Limiter(Rate(2.0, 5), clock=Ticking(), sleep=waits.append)
    threads = [threading.Thread(target=limiter.take) for _ in range(25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == [n * 0.5 for n in range(1, 21)]


def test_a_portal_has_one_bucket_and_another_portal_another():
    limiters = Limiters()
    assert limiters.of("a") is limiters.of("a")
    assert limiters.of("a") is not limiters.of("b")
