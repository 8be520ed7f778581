"""Connections that stall or drip do not delay other callers."""

import pytest

from bench.pictures import VGA, portraits
from tests.attack.connections import Stalled, kinds, slow_upload
from tests.deployment import Answer

pytestmark = pytest.mark.attack

_COUNT = 300
_RATE = 20_000  # bytes per second of an honest caller on a slow line
_ANSWER_SECONDS = 10
_FEW_SECONDS = 6  # more than the upload of a frame of 60 kB takes


@pytest.mark.parametrize("name", kinds(""))
def test_others_are_served(attack, target, name):
    caller = target.caller()
    honest, slow = caller.enrollment(), caller.enrollment()
    frame, *_ = portraits(VGA)
    seconds = len(frame) / _RATE + _ANSWER_SECONDS + _FEW_SECONDS
    limits = {"seconds": seconds, "health_ms": 1000, "grown_mb": 300}
    with (
        attack(f"{_COUNT} connections: {name}", **limits) as run,
        Stalled(target.port, kinds(slow)[name], _COUNT),
    ):
        upload = slow_upload(target.port, honest, frame, rate=_RATE, seconds=_ANSWER_SECONDS)
        run.answered([Answer(upload.status, {}, {}, upload.seconds)])
        run.expect("an upload at 20 kB/s is taken", is_met=upload.status == 200)
