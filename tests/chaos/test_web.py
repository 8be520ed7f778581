"""Web processes killed while they wait for a frame: nobody is left to take its answer."""

import os
import signal
from concurrent.futures import Future, ThreadPoolExecutor
from http.client import RemoteDisconnected

import pytest

from tests.chaos.seen import (
    answered_again,
    picture,
    pictures_in,
    require_enrolled,
    require_nothing_biometric,
    require_untouched,
    shown,
)
from tests.deployment import Answer, Caller, Deployment, wait_until

pytestmark = pytest.mark.chaos


def kill_web_processes(deployment: Deployment, broken: Future[Answer]) -> None:
    """Kill all serving processes; the main process starts others. Waiting callers get no answer."""
    for process in deployment.web.children():
        os.kill(process, signal.SIGKILL)
    with pytest.raises((RemoteDisconnected, ConnectionResetError)):
        broken.result()


def posted_again(deployment: Deployment, caller: Caller, token: str) -> Answer:
    """Send the same frame again: it is counted once, and finds its place in the queue free."""
    caller = caller.another_connection()  # connections to the killed processes are useless
    require_untouched(caller, token, frames=0)
    answer = answered_again(lambda: caller.frame(token, picture("obama")))
    require_enrolled(answer)
    assert caller.session(token)["frames_received"] == 1
    require_nothing_biometric(deployment.redis.connect(), picture("obama"))
    return answer


def test_web_killed_while_a_frame_is_measured(deployment, caller, hold, told):
    token = caller.enrollment(target_samples=1)
    with ThreadPoolExecutor(1) as pool, hold:
        broken = pool.submit(caller.another_connection().frame, token, picture("obama"))
        hold.await_frame()
        kill_web_processes(deployment, broken)
    again = posted_again(deployment, caller, token)
    told("web processes while a frame is measured, -9", f"a broken connection, then {shown(again)}")


def test_web_killed_while_a_frame_waits(deployment, caller, told):
    token = caller.enrollment(target_samples=1)
    (worker,) = deployment.workers
    worker.pause()
    try:
        with ThreadPoolExecutor(1) as pool, deployment.redis.connect() as client:
            broken = pool.submit(caller.another_connection().frame, token, picture("obama"))
            wait_until(lambda: pictures_in(client, picture("obama")), 5, "a frame waits")
            kill_web_processes(deployment, broken)
    finally:
        worker.resume()
    again = posted_again(deployment, caller, token)
    told("web processes while a frame waits, -9", f"a broken connection, then {shown(again)}")
