"""The bound on what one endpoint may occupy."""

from webhooks.lanes import Lanes


def test_an_unknown_endpoint_has_its_lanes():
    lanes = Lanes(most=3)
    for left in (3, 2, 1):
        assert lanes.room(1) == left
        lanes.enter(1)
    assert lanes.room(1) == 0
    assert lanes.room(2) == 3
    lanes.leave(1)
    assert lanes.room(1) == 1


def test_a_quick_endpoint_may_have_more_in_hand():
    lanes = Lanes(most=3)
    lanes.answered(1, succeeded=True, milliseconds=5)
    assert lanes.room(1) == 12


def test_a_slow_endpoint_has_none_waiting():
    lanes = Lanes(most=3)
    lanes.answered(1, succeeded=True, milliseconds=5)
    lanes.answered(1, succeeded=True, milliseconds=5000)
    assert lanes.room(1) == 3


def test_a_failing_endpoint_keeps_two_lanes_until_it_succeeds():
    lanes = Lanes(most=8)
    for _ in range(5):
        lanes.enter(1)
    lanes.answered(1, succeeded=False, milliseconds=15_000)
    assert lanes.room(1) == 0
    for _ in range(5):
        lanes.leave(1)
    assert lanes.room(1) == 2
    lanes.answered(1, succeeded=True, milliseconds=5)
    assert lanes.room(1) == 32


def test_the_only_lane_stays():
    lanes = Lanes(most=1)
    lanes.answered(1, succeeded=False, milliseconds=5)
    assert lanes.room(1) == 1
