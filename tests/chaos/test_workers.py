"""Workers killed in the middle of a frame, and all of them at once."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.chaos.conftest import FRAME_SECONDS
from tests.chaos.seen import (
    answered_again,
    picture,
    refused_at_once,
    require_enrolled,
    require_nothing_biometric,
    require_refusal,
    require_untouched,
    shown,
)

pytestmark = pytest.mark.chaos

# The time before a lost frame that nobody reports is repeated.
_UNTOLD_SECONDS = FRAME_SECONDS / 2


def test_process_killed_in_a_frame(deployment, caller, hold, told):
    token = caller.enrollment(target_samples=1)
    with ThreadPoolExecutor(1) as pool, hold:
        answer = pool.submit(caller.frame, token, picture("obama"))
        (first,) = hold.await_frame()
        os.kill(first, signal.SIGKILL)
        hold.forget(first)
        (second,) = hold.await_frame()
        assert second != first
        hold.release()
        answer = answer.result()
    require_enrolled(answer)
    assert answer.seconds < _UNTOLD_SECONDS - 1  # Celery itself checks every 5 seconds
    assert caller.session(token)["frames_received"] == 1
    told("a worker's process in a frame, -9", f"{shown(answer)}, counted once")


def test_process_killed_again_in_the_repeat(deployment, caller, hold, told):
    token = caller.enrollment(target_samples=1)
    with ThreadPoolExecutor(1) as pool, hold:
        answer = pool.submit(caller.frame, token, picture("obama"))
        for _ in range(2):
            (victim,) = hold.await_frame()
            os.kill(victim, signal.SIGKILL)
            hold.forget(victim)
        refused = answer.result()
    require_refusal(refused, "engine_unavailable", seconds=FRAME_SECONDS)
    require_untouched(caller, token, frames=0)
    again = caller.frame(token, picture("obama"))
    require_enrolled(again)
    assert caller.session(token)["frames_received"] == 1
    told("a worker's process in a frame and in its repeat, -9", shown(refused, again))


def test_whole_worker_killed_in_a_frame(deployment, caller, hold, told):
    """Nobody is left to report it: half of the frame's time passes, then it is repeated."""
    token = caller.enrollment(target_samples=1)
    (worker,) = deployment.workers
    with ThreadPoolExecutor(1) as pool, hold:
        answer = pool.submit(caller.frame, token, picture("obama"))
        hold.await_frame()
        worker.kill()
        hold.release()
        other = deployment.add_worker("another")
        answer = answer.result()
    try:
        if answer.status != 200:
            require_refusal(answer, "engine_unavailable", seconds=FRAME_SECONDS)
            require_untouched(caller, token, frames=0)
            answer = answered_again(lambda: caller.frame(token, picture("obama")))
        require_enrolled(answer)
        assert caller.session(token)["frames_received"] == 1
        require_nothing_biometric(deployment.redis.connect(), picture("obama"))
    finally:
        other.stop()
        worker.start()
    told("a whole worker in a frame, -9", f"{shown(answer)}, counted once")


def test_all_workers_killed(deployment, caller, told):
    token = caller.enrollment(target_samples=1)
    (worker,) = deployment.workers
    worker.kill()
    first = caller.frame(token, picture("obama"))
    require_refusal(first, "engine_unavailable", seconds=FRAME_SECONDS)
    # Dead processes count for some seconds; from then on nobody waits.
    at_once = refused_at_once(lambda: caller.frame(token, picture("obama")), "engine_unavailable")
    require_untouched(caller, token, frames=0)
    require_nothing_biometric(deployment.redis.connect(), picture("obama"))
    worker.start()
    again = answered_again(lambda: caller.frame(token, picture("obama")))
    require_enrolled(again)
    assert caller.session(token)["frames_received"] == 1
    told("all workers, -9", shown(first, at_once, again))
