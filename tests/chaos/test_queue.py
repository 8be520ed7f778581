"""Workers that are there and take nothing (SIGSTOP), until the queue is full."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.chaos.conftest import FRAME_SECONDS
from tests.chaos.seen import (
    AT_ONCE_SECONDS,
    answered_again,
    picture,
    pictures_in,
    require_enrolled,
    require_nothing_biometric,
    require_refusal,
    require_untouched,
    shown,
)
from tests.deployment import Answer, Caller, wait_until

pytestmark = pytest.mark.chaos

_CLIENTS = 10
_ADMITTED = 2  # with one measuring process: one frame in hand and one waiting


def posted(caller: Caller, pool: ThreadPoolExecutor) -> tuple[list[str], list]:
    """Post a frame from each client at once, each to its own session. Return tokens and futures."""
    tokens = [caller.enrollment(target_samples=1) for _ in range(_CLIENTS)]
    return tokens, [
        pool.submit(caller.another_connection().frame, token, picture("obama")) for token in tokens
    ]


def settled(caller: Caller, tokens: list[str], answers: list[Answer]) -> None:
    """Require that each frame was counted if it was answered with success, and only then."""
    for token, answer in zip(tokens, answers, strict=True):
        if answer.status == 200:
            require_enrolled(answer)
            assert caller.session(token)["frames_received"] == 1
        else:
            require_untouched(caller, token, frames=0)


def test_full_queue_that_goes_on(deployment, caller, told):
    (worker,) = deployment.workers
    with ThreadPoolExecutor(_CLIENTS) as pool:
        worker.pause()
        try:
            tokens, coming = posted(caller, pool)
            refused = first_answers(coming, _CLIENTS - _ADMITTED)
            with deployment.redis.connect() as client:
                assert len(pictures_in(client, picture("obama"))) == _ADMITTED
        finally:
            worker.resume()
        answers = [answer.result() for answer in coming]
    for answer in refused:
        require_refusal(answer, "engine_busy", seconds=AT_ONCE_SECONDS)
    accepted = [answer for answer in answers if answer.status == 200]
    assert len(accepted) == _ADMITTED
    settled(caller, tokens, answers)
    require_nothing_biometric(deployment.redis.connect(), picture("obama"))
    told(
        f"nothing, workers stopped (SIGSTOP), {_CLIENTS} frames at once, workers go on",
        f"{len(refused)} x {shown(refused[0])}, {len(accepted)} x {shown(accepted[0])}",
    )


def test_full_queue_that_nobody_waits_for(deployment, caller, told):
    (worker,) = deployment.workers
    with ThreadPoolExecutor(_CLIENTS) as pool:
        worker.pause()
        try:
            tokens, coming = posted(caller, pool)
            answers = [answer.result() for answer in coming]
            require_nothing_biometric(deployment.redis.connect(), picture("obama"))
        finally:
            worker.resume()
    for answer in answers:
        require_refusal(answer, "engine_busy", "engine_unavailable", seconds=FRAME_SECONDS)
    dropped = "Dropped a frame that nobody waits for"
    wait_until(lambda: worker.said().count(dropped) >= _ADMITTED, 20, "stale tasks are dropped")
    again = answered_again(lambda: caller.frame(tokens[0], picture("obama")))
    require_enrolled(again)
    settled(caller, tokens[1:], answers[1:])
    assert worker.said().count(dropped) == _ADMITTED
    require_nothing_biometric(deployment.redis.connect(), picture("obama"))
    last = max(answers, key=lambda answer: answer.seconds)
    told(
        f"nothing, workers stopped (SIGSTOP), {_CLIENTS} frames at once",
        f"{_CLIENTS} refusals, the last {shown(last)}, then {shown(again)}",
    )


def first_answers(coming: list, count: int) -> list[Answer]:
    """Return that many answers, while the others still wait."""
    wait_until(lambda: sum(answer.done() for answer in coming) >= count, 20, "refusals come")
    return [answer.result() for answer in coming if answer.done()]
