"""The database killed, its rows locked, its answers late."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest

from tests.chaos.conftest import deployed
from tests.chaos.seen import (
    answered_again,
    picture,
    require_enrolled,
    require_match,
    require_refusal,
    require_untouched,
    shown,
)
from tests.chaos.slow import SlowProxy
from tests.deployment import Database, wait_until

pytestmark = pytest.mark.chaos

# The longest wait of a write: its tries for a lock, or one answer (docs/operations.md).
_BOUND_SECONDS = 12
_WRITE_MUCH = (
    "INSERT INTO weight WITH RECURSIVE counted (number) AS "
    "(SELECT 1 UNION ALL SELECT number + 1 FROM counted WHERE number < 1000) SELECT * FROM counted"
)
_HOLD_SESSIONS = "SELECT * FROM enrollment_enrollmentsession FOR UPDATE"


@contextmanager
def locking(database: Database, statement: str):
    """A transaction of another connection that holds rows."""
    connection = database.connect()
    try:
        connection.cursor().execute(statement)
        yield connection
    finally:
        connection.close()


def await_waits(database: Database, count: int) -> None:
    """Wait until that many waits for a lock have begun since the server's start."""
    wait_until(lambda: lock_waits(database) >= count, 20, f"{count} waits for a lock")


def lock_waits(database: Database) -> int:
    return counted(database, "lock_row_lock_waits")


def counted(database: Database, name: str) -> int:
    """Return an InnoDB counter. MySQL and MariaDB share these, but not those of SHOW STATUS."""
    counter = f"SELECT count FROM information_schema.innodb_metrics WHERE name = '{name}'"  # noqa: S608
    return int(str(database.run(counter)[0][0]))


def test_killed_and_started_again(deployment, caller, told):
    """One user was enrolled long before, one was answered with success right before the kill."""
    require_enrolled(caller.frame(caller.enrollment("obama", target_samples=1), picture("obama")))
    begun = caller.enrollment("astronaut", target_samples=2)
    assert caller.frame(begun, picture("obama3")).json()["samples_collected"] == 1
    last = caller.frame(caller.enrollment("biden", target_samples=1), picture("biden"))
    deployment.database.kill()
    require_enrolled(last)

    frame = caller.frame(begun, picture("obama2"))
    opening = caller.post("/api/auth/enrollment/", {"user_id": "x", "session_type": "api"})
    for refused in (frame, opening):
        require_refusal(refused, "storage_unavailable", seconds=_BOUND_SECONDS)

    deployment.database.start()
    for user_id, other in (("obama", "obama2"), ("biden", "biden")):
        require_match(caller, user_id, picture(other))
    require_untouched(caller, begun, frames=1)
    again = answered_again(lambda: caller.frame(begun, picture("obama2")))
    assert caller.session(begun)["frames_received"] == 2
    told("the database, -9", shown(frame, opening, again))


def test_killed_in_a_frame(deployment, caller, hold, told):
    token = caller.enrollment(target_samples=1)
    with ThreadPoolExecutor(1) as pool, hold:
        answer = pool.submit(caller.frame, token, picture("obama"))
        hold.await_frame()
        deployment.database.kill()
        hold.release()
        refused = answer.result()
    require_refusal(refused, "storage_unavailable", seconds=_BOUND_SECONDS)
    deployment.database.start()
    require_untouched(caller, token, frames=0)
    again = answered_again(lambda: caller.frame(token, picture("obama")))
    require_enrolled(again)
    assert caller.session(token)["frames_received"] == 1
    told("the database with a frame in hand, -9", shown(refused, again))


def test_restarted_in_a_frame(deployment, caller, hold, told):
    """The database is back before the frame is measured; the frame's connection is not."""
    token = caller.enrollment(target_samples=1)
    with ThreadPoolExecutor(1) as pool, hold:
        answer = pool.submit(caller.frame, token, picture("obama"))
        hold.await_frame()
        deployment.database.kill()
        deployment.database.start()
        hold.release()
        first = answer.result()
    if first.status != 200:
        require_refusal(first, "storage_unavailable", seconds=_BOUND_SECONDS)
        require_untouched(caller, token, frames=0)
    again = first if first.status == 200 else caller.frame(token, picture("obama"))
    require_enrolled(again)
    assert caller.session(token)["frames_received"] == 1
    told("the database with a frame in hand, -9, back before it is measured", shown(first, again))


def test_row_locked_for_too_long(deployment, caller, told):
    token = caller.enrollment(target_samples=1)
    with locking(deployment.database, _HOLD_SESSIONS):
        refused = caller.frame(token, picture("obama"))
    require_refusal(refused, "storage_unavailable", seconds=_BOUND_SECONDS)
    require_untouched(caller, token, frames=0)
    again = caller.frame(token, picture("obama"))
    require_enrolled(again)
    assert caller.session(token)["frames_received"] == 1
    told("nothing, the session's row is locked by another", shown(refused, again))


def test_row_locked_for_less_than_the_tries(deployment, caller, told):
    """The first try for the lock fails, the next one succeeds."""
    before = lock_waits(deployment.database)
    token = caller.enrollment(target_samples=1)
    with (
        ThreadPoolExecutor(1) as pool,
        locking(deployment.database, _HOLD_SESSIONS) as other,
    ):
        answer = pool.submit(caller.frame, token, picture("obama"))
        await_waits(deployment.database, before + 2)
        other.rollback()
        answer = answer.result()
    require_enrolled(answer)
    assert caller.session(token)["frames_received"] == 1
    told("nothing, the session's row is locked longer than one try", shown(answer))


def test_deadlock(deployment, caller, told):
    """The other transaction has the client's gallery and wants the session; the frame's has the
    session and wants the gallery. The database aborts the frame's, which wrote less."""
    require_enrolled(caller.frame(caller.enrollment("biden", target_samples=1), picture("biden")))
    deployment.database.run("CREATE TABLE weight (number INT PRIMARY KEY)")
    token = caller.enrollment(target_samples=1)
    waits = lock_waits(deployment.database)
    before = counted(deployment.database, "lock_deadlocks")
    with (
        ThreadPoolExecutor(1) as pool,
        locking(deployment.database, _WRITE_MUCH) as other,
    ):
        cursor = other.cursor()
        cursor.execute("SELECT * FROM enrollment_galleryhead FOR UPDATE")
        answer = pool.submit(caller.frame, token, picture("obama"))
        await_waits(deployment.database, waits + 1)
        cursor.execute(_HOLD_SESSIONS)
        other.rollback()
        answer = answer.result()
    assert counted(deployment.database, "lock_deadlocks") == before + 1
    require_enrolled(answer)
    assert caller.session(token)["frames_received"] == 1
    told("the frame's transaction, by a deadlock", shown(answer))


def test_read_only(deployment, caller, told):
    """Like a replica, or a server that is being replaced."""
    token = caller.enrollment(target_samples=1)
    deployment.database.run("SET GLOBAL read_only = ON")
    try:
        frame = caller.frame(token, picture("obama"))
        opening = caller.post("/api/auth/enrollment/", {"user_id": "x", "session_type": "api"})
    finally:
        deployment.database.run("SET GLOBAL read_only = OFF")
    for refused in (frame, opening):
        require_refusal(refused, "storage_unavailable", seconds=_BOUND_SECONDS)
    require_untouched(caller, token, frames=0)
    again = caller.frame(token, picture("obama"))
    require_enrolled(again)
    assert caller.session(token)["frames_received"] == 1
    told("nothing, the database is read-only", shown(frame, opening, again))


def test_slow_and_silent_database(tmp_path, told):
    database = Database(tmp_path)
    with ExitStack() as stack:
        stack.callback(database.kill)
        database.start()
        proxy = stack.enter_context(SlowProxy(database.port).running())
        address = database.url_at(proxy.port)
        deployment = stack.enter_context(
            deployed(tmp_path, database=database, DATABASE_URL=address)
        )
        caller = deployment.caller(deployment.create_client("slow"))
        token = caller.enrollment(target_samples=1)
        proxy.delay = 0.05
        slow = caller.frame(token, picture("obama"))
        require_enrolled(slow)
        assert slow.seconds < _BOUND_SECONDS

        token = caller.enrollment(target_samples=1)
        proxy.delay = None
        silent = caller.frame(token, picture("biden"))
        require_refusal(silent, "storage_unavailable", seconds=_BOUND_SECONDS)
        proxy.delay = 0.0
        again = answered_again(lambda: caller.frame(token, picture("biden")))
        require_enrolled(again)
        assert caller.session(token)["frames_received"] == 1
    told("nothing, the database answers 0.05 s late, then not at all", shown(slow, silent, again))
