"""The deadline of a transfer depends on seconds and bytes, not on the number of reads."""

import pytest

from faceplatform.web.pace import Pace

PACE = Pace(seconds=15, least_rate=4000)


def lasts(rate: int, *, every: float = 1.0, at_most: float = 600) -> float:
    """Return the seconds after which a peer with this data rate is given up."""
    now, deadline = 0.0, PACE.begin(0)
    while now < at_most:
        now += every
        if now > deadline:
            return deadline
        deadline = PACE.put_off(deadline, round(rate * every), now)
    return at_most


@pytest.mark.parametrize("every", [0.1, 1, 5])
def test_an_honest_slow_upload_lasts(every):
    assert lasts(20_000, every=every) == 600


def test_at_the_least_rate_it_lasts_too():
    assert lasts(4000) == 600


def test_a_drip_ends():
    assert lasts(1) == pytest.approx(15, abs=0.01)


def test_below_the_least_rate_it_ends():
    assert 15 < lasts(3000) < 61


def test_a_burst_buys_no_more_than_a_pause():
    deadline = PACE.put_off(PACE.begin(0), 15_000_000, 1)
    assert deadline == 16


def test_a_pause_is_made_good_by_what_follows():
    deadline = PACE.put_off(PACE.begin(0), 100_000, 14)
    assert deadline == 29
