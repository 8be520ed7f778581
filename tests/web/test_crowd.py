"""The choice of the connection to give up: the longest waiting of the origin with most."""

from dataclasses import dataclass
from typing import Any

import pytest

from faceplatform.web.connection import State
from faceplatform.web.crowd import Crowd

MB = 1024**2


@dataclass(eq=False)
class Member:
    """The attributes of a connection that the crowd uses."""

    origin: str = "a"
    since: float = 0
    held: int = 0
    state: State = State.RECEIVING

    @property
    def waits_for_its_peer(self) -> bool:
        return self.state is not State.ANSWERING


def crowd(*members: Any, most: int = 100, most_bytes: int = 1000) -> Crowd:
    made = Crowd(most=most, most_bytes=most_bytes)
    for member in members:
        made.add(member)
        made.weigh(member)
    return made


def test_full():
    member = Member()
    few = crowd(Member(), member, most=2)
    assert few.is_full
    few.remove(member)
    assert not few.is_full
    assert member not in few


def test_the_one_that_waits_longest():
    old, new = Member(since=1), Member(since=2)
    assert crowd(new, old).most_dispensable() is old


def test_of_the_origin_that_has_most():
    honest = Member(origin="honest", since=1)
    stalled = [Member(origin="attacker", since=since) for since in range(5, 9)]
    assert crowd(honest, *stalled).most_dispensable() is stalled[0]


def test_nobody_whose_answer_is_made():
    assert crowd(Member(state=State.ANSWERING)).most_dispensable() is None


def test_room_enough():
    assert crowd(Member(held=600), Member(held=400)).heaviest() is None


def test_the_heaviest():
    large = Member(held=700)
    assert crowd(Member(held=300), large, Member(held=10)).heaviest() is large


def test_the_heaviest_of_the_origin_that_holds_most():
    honest = Member(origin="honest", held=400)
    hoard = [Member(origin="attacker", held=held) for held in (300, 350)]
    assert crowd(honest, *hoard).heaviest() is hoard[1]


@pytest.mark.parametrize("state", [State.RECEIVING, State.QUEUED])
def test_no_large_request_beside_those_in_hand(state):
    in_hand = Member(held=30 * MB, state=State.ANSWERING)
    large = Member(held=3 * MB, state=state)
    assert crowd(in_hand, Member(held=100_000), large, most_bytes=32 * MB).heaviest() is large
    assert crowd(in_hand, Member(held=2 * MB), most_bytes=32 * MB).heaviest() is None


def test_an_answer_goes_on_beside_large_requests_in_hand():
    in_hand = Member(held=30 * MB, state=State.ANSWERING)
    leaving = Member(held=3 * MB, state=State.SENDING)
    assert crowd(in_hand, leaving, most_bytes=32 * MB).heaviest() is None


def test_live_frames_go_on_beside_large_requests_in_hand():
    in_hand = Member(held=5000, state=State.ANSWERING)
    assert crowd(in_hand, Member(held=900)).heaviest() is None
    waiting = Member(held=1100)
    assert crowd(in_hand, waiting).heaviest() is waiting


@pytest.mark.parametrize("held", [0, 10])
def test_weighed_again(held):
    member = Member(held=2000)
    one = crowd(member)
    member.held = held
    one.weigh(member)
    assert one.heaviest() is None


def test_a_crowd_that_has_shrunk_is_told_once():
    """Then the heap is trimmed; a single frame is not worth it."""
    large, small = Member(held=5 * MB), Member(held=100_000)
    some = crowd(large, small)
    assert not some.has_shrunk()
    some.remove(small)
    assert not some.has_shrunk()
    large.held = 0
    some.weigh(large)
    assert some.has_shrunk()
    assert not some.has_shrunk()
