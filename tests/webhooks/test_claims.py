"""Claims: one holder at a time, nothing lost after a kill or when the clock moves."""

from datetime import timedelta

import pytest

from tests.webhooks.delivering import answer, endpoint, pending
from webhooks import claims, results, schedule
from webhooks.claims import LEASE
from webhooks.lanes import Lanes
from webhooks.models import Attempt, Delivery, Endpoint, EndpointState
from webhooks.results import Result

pytestmark = pytest.mark.django_db

_SECOND = timedelta(seconds=1)


def claim(now, *, most=100, lanes=None, in_hand=()):
    lanes = lanes or quick_lanes()
    return claims.claim(claims.waiting(), now=now, most=most, lanes=lanes, in_hand=in_hand)


def quick_lanes(per_endpoint=25):
    """Return lanes in which each endpoint may have four times as many in hand."""
    lanes = Lanes(per_endpoint, places=1000)
    for key in Endpoint.objects.values_list("pk", flat=True):
        lanes.answered(key, succeeded=True, milliseconds=1)
    return lanes


def result(claimed, at, **fields):
    return Result(claimed=claimed, at=at, answer=answer(**fields))


@pytest.fixture
def to(api):
    return endpoint(api.client)


def test_what_is_claimed_is_claimed_once(to, clock):
    row = pending(to, clock())
    (claimed,) = claim(clock())
    assert (claimed.pk, claimed.endpoint, claimed.body) == (row.pk, to, row.body.encode())
    assert claim(clock()) == []


def test_due_again_when_the_claim_of_a_killed_process_ends(to, clock):
    pending(to, clock())
    (first,) = claim(clock())
    clock.move(LEASE - _SECOND)
    assert claim(clock()) == []
    clock.move(_SECOND)
    (second,) = claim(clock())
    assert second.pk == first.pk
    assert second.claim != first.claim


def test_only_the_holder_of_the_claim_writes(to, clock):
    row = pending(to, clock())
    (late,) = claim(clock())
    clock.move(LEASE)
    (holder,) = claim(clock())
    results.write([result(late, clock())], now=clock())
    row.refresh_from_db()
    assert (row.state, row.claim, Attempt.objects.count()) == ("pending", holder.claim, 0)
    results.write([result(holder, clock())], now=clock())
    row.refresh_from_db()
    assert (row.state, row.claim, Attempt.objects.count()) == ("delivered", "", 1)


def test_a_result_of_a_deleted_delivery_is_dropped(to, clock):
    row = pending(to, clock())
    (claimed,) = claim(clock())
    row.delete()
    results.write([result(claimed, clock())], now=clock())
    assert Attempt.objects.count() == 0


def test_given_back_is_due_at_once(to, clock):
    pending(to, clock())
    claims.give_back(claim(clock()), now=clock())
    assert len(claim(clock())) == 1


def test_given_back_late_leaves_another_claim_alone(to, clock):
    pending(to, clock())
    late = claim(clock())
    clock.move(LEASE)
    claim(clock())
    claims.give_back(late, now=clock())
    assert claim(clock()) == []


def test_not_due_yet(to, clock):
    pending(to, clock() + _SECOND)
    assert claim(clock()) == []
    clock.move(_SECOND)
    assert len(claim(clock())) == 1


def test_new_ones_come_before_retries_and_each_by_time(to, clock):
    retried = pending(to, clock() - 9 * _SECOND, attempts_made=1)
    young, old = pending(to, clock() - _SECOND), pending(to, clock() - 2 * _SECOND)
    assert [each.pk for each in claim(clock())] == [old.pk, young.pk, retried.pk]


def test_room_and_number_bound_a_claim(api, to, clock):
    second = endpoint(api.client)
    for _ in range(5):
        pending(to, clock() - _SECOND)
        pending(second, clock())
        pending(to, clock(), attempts_made=1)
    lanes = Lanes(8, places=400)  # none has answered yet: two each
    for _ in range(2):
        lanes.enter(second.pk, api.client.pk)
    assert [each.endpoint for each in claim(clock(), lanes=lanes)] == [to, to]
    assert len(claim(clock(), most=4)) == 4


def test_the_room_of_a_client_bounds_a_claim(api, to, clock):
    second = endpoint(api.client)
    for _ in range(10):
        pending(to, clock())
        pending(second, clock())
    lanes = Lanes(8, places=6)
    for each in (to, second):
        lanes.answered(each.pk, succeeded=True, milliseconds=1)
    assert len(claim(clock(), lanes=lanes)) == 3


def test_clients_have_turns_however_old_the_queue_of_one_is(api, other, clock):
    crowd = [endpoint(api.client) for _ in range(60)]
    theirs = endpoint(other.client)
    for number, each in enumerate(crowd):
        pending(each, clock() - (number + 2) * _SECOND)
    pending(theirs, clock(), attempts_made=3)
    mine = endpoint(api.client)
    pending(mine, clock() - _SECOND, attempts_made=1)
    claimed = claim(clock(), most=3)
    assert [each.endpoint for each in claimed] == [crowd[-1], theirs, crowd[-2]]


def test_of_two_clients_the_one_with_fewer_in_hand_comes_first(api, to, other, clock):
    theirs = endpoint(other.client)
    pending(to, clock() - _SECOND)
    pending(theirs, clock())
    lanes = quick_lanes()
    lanes.enter(to.pk, api.client.pk)
    (claimed,) = claim(clock(), most=1, lanes=lanes)
    assert claimed.endpoint == theirs


@pytest.mark.parametrize("state", [EndpointState.PAUSED, EndpointState.DISABLED])
def test_of_an_endpoint_that_is_not_active_nothing_is_claimed(to, clock, state):
    pending(to, clock())
    to.state = state
    to.save(update_fields=["state"])
    assert claim(clock()) == []


def test_of_an_inactive_client_nothing_is_claimed(api, to, clock):
    pending(to, clock())
    api.client.is_active = False
    api.client.save(update_fields=["is_active"])
    assert claim(clock()) == []


def test_in_hand_is_never_claimed_again_when_the_clock_jumps_ahead(to, clock):
    pending(to, clock())
    (claimed,) = claim(clock())
    clock.move(timedelta(days=1))
    assert claim(clock(), in_hand={claimed.pk}) == []


@pytest.mark.parametrize("made", range(len(schedule.WAITS)))
def test_after_the_clock_was_set_back_nothing_waits_longer_than_its_schedule(to, clock, made):
    row = pending(to, clock() + schedule.WAITS[made], attempts_made=made)
    clock.move(timedelta(days=-30))
    assert claims.put_right(claims.waiting(), now=clock()) == 1
    row.refresh_from_db()
    assert row.next_attempt_at == clock() + LEASE
    assert claims.put_right(claims.waiting(), now=clock()) == 0
    clock.move(LEASE)
    assert len(claim(clock())) == 1


def test_after_the_clock_was_set_back_a_claim_in_hand_is_written(to, clock):
    pending(to, clock())
    (claimed,) = claim(clock())
    clock.move(timedelta(hours=-3))
    claims.put_right(claims.waiting(), now=clock())
    assert claim(clock()) == []
    results.write([result(claimed, clock())], now=clock())
    assert Delivery.objects.get().state == "delivered"


def test_nothing_is_put_right_while_the_clock_is_right(to, clock):
    for made, wait in enumerate(schedule.WAITS):
        pending(to, clock() + wait * (1 + schedule.JITTER), attempts_made=made)
    assert claims.put_right(claims.waiting(), now=clock()) == 0


@pytest.mark.parametrize("others", [0, 1])
def test_one_without_a_time_is_due_now(to, clock, others):
    row = pending(to, clock(), next_attempt_at=None)
    for _ in range(others):
        pending(to, clock() + _SECOND)
    assert len(claims.waiting()) == others
    assert claims.put_right(claims.waiting(), now=clock()) == 1
    assert [each.pk for each in claim(clock())] == [row.pk]
