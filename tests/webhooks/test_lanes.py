"""The bounds on what one endpoint, and one client, may occupy."""

import pytest

from webhooks.lanes import Lanes


def entered(lanes: Lanes, count: int, *, client: int = 1, endpoint: int = 1) -> Lanes:
    for _ in range(count):
        lanes.enter(endpoint, client)
    return lanes


@pytest.mark.parametrize(
    ("answers", "room"),
    [
        pytest.param([], 2, id="unknown"),
        pytest.param([(True, 5)], 32, id="quick"),
        pytest.param([(True, 5), (True, 5000)], 2, id="slow"),
        pytest.param([(True, 5), (False, 5)], 2, id="failing"),
        pytest.param([(False, 15_000), (True, 5)], 32, id="well again"),
    ],
)
def test_the_last_answer_decides_how_many_an_endpoint_may_have_in_hand(answers, room):
    lanes = Lanes(most=8, places=400)
    for succeeded, milliseconds in answers:
        lanes.answered(1, succeeded=succeeded, milliseconds=milliseconds)
    assert lanes.room(1, 1) == room


def test_an_endpoint_has_room_again_when_one_has_left():
    lanes = entered(Lanes(most=8, places=400), 2)
    assert lanes.room(1, 1) == 0
    assert lanes.room(2, 1) == 2
    lanes.leave(1, 1)
    assert lanes.room(1, 1) == 1


def test_one_that_fails_while_it_has_many_in_hand():
    lanes = entered(Lanes(most=8, places=400), 5)
    lanes.answered(1, succeeded=False, milliseconds=15_000)
    assert lanes.room(1, 1) == 0


def test_the_only_lane_stays():
    lanes = Lanes(most=1, places=400)
    lanes.answered(1, succeeded=False, milliseconds=5)
    assert lanes.room(1, 1) == 1


def test_a_client_has_at_most_as_many_as_are_free():
    lanes = Lanes(most=8, places=40)
    for endpoint in range(20):
        lanes.answered(endpoint, succeeded=True, milliseconds=5)
    assert lanes.room(1, 1) == 20
    entered(lanes, 18)
    assert lanes.room(2, 1) == 2
    entered(lanes, 2, endpoint=2)
    assert lanes.room(3, 1) == 0
    assert lanes.room(4, 2) == 10
    lanes.leave(2, 1)
    assert lanes.room(3, 1) == 1


def test_clients_that_take_all_they_can_leave_room_for_another():
    lanes = Lanes(most=8, places=400)
    taken = []
    for client in range(6):
        before = lanes.free
        for number in range(200 * client, 200 * client + 200):
            entered(lanes, lanes.room(number, client), client=client, endpoint=number)
        taken.append(before - lanes.free)
    assert taken == [200, 100, 50, 25, 13, 6]


def test_a_copy_is_of_its_own():
    lanes = entered(Lanes(most=8, places=400), 1)
    entered(lanes.copy(), 1)
    assert lanes.room(1, 1) == 1
