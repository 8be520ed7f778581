"""SIGTERM of web and workers: frames in hand are finished."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.chaos.seen import answered_again, picture, require_enrolled, shown

pytestmark = pytest.mark.chaos


def test_web_and_workers_terminated_in_a_frame(deployment, caller, hold, told):
    token = caller.enrollment(target_samples=1)
    (worker,) = deployment.workers
    with ThreadPoolExecutor(1) as pool, hold:
        answer = pool.submit(caller.frame, token, picture("obama"))
        hold.await_frame()
        deployment.web.terminate()
        worker.terminate()
        hold.release()
        first = answer.result()
    require_enrolled(first)
    assert deployment.web.await_end() == 0
    assert worker.await_end() == 0
    deployment.web.start()
    worker.start()
    assert caller.session(token)["frames_received"] == 1
    second = answered_again(
        lambda: caller.frame(caller.authentication(first_user(caller, token)), picture("obama2"))
    )
    assert second.json()["result"] == "success"
    told("web and worker with a frame in hand, SIGTERM", shown(first, second))


def first_user(caller, token: str) -> str:
    return str(caller.session(token)["user_id"])
