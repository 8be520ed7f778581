"""Redis killed and started again empty."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.chaos.conftest import FRAME_SECONDS
from tests.chaos.seen import (
    UNAVAILABLE,
    answered_again,
    picture,
    require_enrolled,
    require_match,
    require_nothing_biometric,
    require_refusal,
    require_untouched,
    shown,
)
from tests.deployment import Caller

pytestmark = pytest.mark.chaos


def test_redis_killed_and_started_empty(deployment, caller, key, told):
    require_enrolled(caller.frame(caller.enrollment("obama", target_samples=1), picture("obama")))
    token = caller.enrollment("biden", target_samples=1)

    deployment.redis.kill()
    frame = caller.frame(token, picture("biden"))
    opening = caller.post("/api/auth/authentication/", {"session_type": "api", "user_id": "obama"})
    # Failures cannot be counted now: fail closed, for the right secret too.
    exchange = Caller(deployment.port).exchange(key)
    large = caller.frame(token, picture("biden") + bytes(8_000_000))
    for refused in (frame, opening, exchange, large):
        require_refusal(refused, *UNAVAILABLE, seconds=FRAME_SECONDS)

    deployment.redis.start()
    assert deployment.redis.connect().get("anything") is None
    again = answered_again(lambda: caller.frame(token, picture("biden")))
    require_enrolled(again)
    assert caller.session(token)["frames_received"] == 1
    require_match(caller, "obama", picture("obama2"))
    assert Caller(deployment.port).exchange(key).status == 200
    told(
        "Redis, -9, started again empty",
        f"frame, session, token exchange: {shown(frame, opening, exchange)}; after: {shown(again)}",
    )


def test_redis_killed_in_a_frame(deployment, caller, hold, told):
    token = caller.enrollment("obama", target_samples=1)
    with ThreadPoolExecutor(1) as pool, hold:
        answer = pool.submit(caller.frame, token, picture("obama"))
        hold.await_frame()
        deployment.redis.kill()
        refused = answer.result()
    deployment.redis.start()
    require_refusal(refused, *UNAVAILABLE, seconds=FRAME_SECONDS)
    again = answered_again(lambda: caller.frame(token, picture("obama")))
    require_enrolled(again)
    assert caller.session(token)["frames_received"] == 1
    require_nothing_biometric(deployment.redis.connect(), picture("obama"))
    told("Redis with a frame in hand, -9, started again empty", shown(refused, again))


def test_redis_paused(deployment, caller, told):
    """It accepts connections and says nothing: the worst kind of absence."""
    token = caller.enrollment("obama", target_samples=1)
    deployment.redis.pause()
    try:
        refused = caller.frame(token, picture("obama"))
    finally:
        deployment.redis.resume()
    require_refusal(refused, *UNAVAILABLE, seconds=FRAME_SECONDS)
    require_untouched(caller, token, frames=0)
    again = answered_again(lambda: caller.frame(token, picture("obama")))
    require_enrolled(again)
    assert caller.session(token)["frames_received"] == 1
    told("nothing, Redis hangs (SIGSTOP)", shown(refused, again))
