"""Streams of frames on whole servers: an honest one is served, and one of rubbish takes no more
frames than its session."""

import pytest
from wsproto.events import TextMessage

from bench.pictures import VGA, portraits
from tests.attack.targets import FRAME_LIMIT
from tests.web.sockets import Socket

pytestmark = pytest.mark.attack

_RUBBISH = b"\xff\xd8" + b"\xff" * 100_000
_STREAMS = 4


def test_a_session_streams_to_its_end(target):
    frame, *_ = portraits(VGA)
    token = target.caller().enrollment(target_samples=1)
    with Socket(target.port, X_Session_Token=token) as stream:
        answer = stream.frame(frame)
        assert answer["enrollment_complete"], answer
        assert stream.close_code() == 1000


def test_rubbish_ends_with_its_session(attack, target):
    tokens = [target.caller().enrollment() for _ in range(_STREAMS)]
    with attack(f"{_STREAMS} streams of rubbish", seconds=60, health_ms=2000) as run:
        for token in tokens:
            with Socket(target.port, X_Session_Token=token) as stream:
                stream.send(*[_RUBBISH] * 2 * FRAME_LIMIT)
                answers = 0
                while isinstance(stream.event(), TextMessage):
                    answers += 1
            enough = FRAME_LIMIT <= answers <= FRAME_LIMIT + 1
            run.expect(f"about {FRAME_LIMIT} answers, not {answers}", is_met=enough)
