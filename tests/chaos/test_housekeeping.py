"""Sessions go on to expire after Redis and database were killed and came back."""

import pytest

from tests.chaos.conftest import deployed
from tests.chaos.seen import picture
from tests.deployment import wait_until

pytestmark = pytest.mark.chaos

_OVERDUE = "UPDATE enrollment_enrollmentsession SET expires_at = '2020-01-01'"


def test_sessions_expire_after_redis_and_database_were_killed(tmp_path, told):
    with deployed(tmp_path, housekeeping=True) as deployment:
        caller = deployment.caller(deployment.create_client("acme"))
        token = caller.enrollment(target_samples=2)
        assert caller.frame(token, picture("obama")).json()["frame_accepted"] is True
        deployment.database.kill()
        deployment.redis.kill()
        deployment.database.start()
        deployment.redis.start()
        deployment.database.run(_OVERDUE)
        # Beat sends this each minute.
        deployment.celery("call", "faceplatform.expire_sessions")
        wait_until(lambda: samples(deployment.database) == 0, 30, "the session's samples are gone")
        assert caller.session(token)["status"] == "expired"
        assert deployment.housekeeping.is_running
        assert deployment.beat.is_running
    told("Redis and database, -9, both started again", "the overdue session expired")


def samples(database) -> int:
    return int(str(database.run("SELECT COUNT(*) FROM enrollment_enrollmentsample")[0][0]))
