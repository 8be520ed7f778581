"""Callers without credentials: the number and the kinds of their calls."""

from functools import partial

import pytest

from tests.attack import calls
from tests.attack.targets import UNTHROTTLED, Target
from tests.deployment import Answer, Caller

pytestmark = pytest.mark.attack

# Empty: the defaults.
_THROTTLES = dict.fromkeys(UNTHROTTLED, "")
# The default allows 300 refusals a minute; the attack may begin in one and end in the next.
_MOST = 2 * 300
_CALLS = 1600
_CALLERS = 8
_SCHEMA = "/api/schema/"
_FIRST = 16
_FURTHER = 40
# New processes still load modules that all later calls need.
_LIMITS = {"processor": 10, "left_mb": 400}


@pytest.fixture(scope="module", autouse=True)
def _limits_as_installed(running: Target):
    running.revive()
    running.restart(**_THROTTLES)
    running.warm_up()
    yield
    running.revive()
    running.restart(**UNTHROTTLED)
    running.warm_up()


def get(port: int, path: str, headers: calls.Headers = None) -> Answer:
    """Call as a caller without a token."""
    return calls.call("GET", port, path, headers=headers)


@pytest.mark.parametrize(
    ("path", "status"), [("/api/auth/enrollments/", 401), ("/api/no/such/address/", 404)]
)
def test_errors_are_counted(attack, target, path, status):
    """Only the stranger is refused; other callers, even from the same address, are not affected."""
    caller = target.caller()
    with attack(f"{_CALLS} calls that end in {status}", seconds=60, health_ms=1000) as run:
        send = partial(get, target.port, path, {"Authorization": "Bearer no-token"})
        answers = run.answered(calls.in_turn(send, callers=_CALLERS, calls=_CALLS))
        let_in = sum(answer.status == status for answer in answers)
        is_stopped = let_in <= _MOST and answers[-1].status == 429
        run.expect(f"429 after {_MOST} calls at most", is_met=is_stopped)
        run.expect("Retry-After", is_met=all(a.retry_after for a in answers if a.status == 429))
        run.expect("a client's own calls", is_met=_is_served(caller))


def test_schema(attack, target: Target):
    """The first calls all arrive at once, at processes that have not generated the schema yet."""
    target.restart()
    ask = partial(get, target.port, _SCHEMA)
    with attack(f"{_FIRST} first calls of the schema at once", **_LIMITS) as run:
        answers = run.answered(calls.at_once([ask] * _FIRST))
        run.expect("200", is_met=all(answer.status == 200 for answer in answers))


def test_schema_again(attack, target: Target):
    ask = partial(get, target.port, _SCHEMA)
    calls.at_once([ask] * _FIRST)
    with attack(f"{_FURTHER} further calls of the schema", processor=1) as run:
        answers = run.answered([ask() for _ in range(_FURTHER)])
        run.expect("200", is_met=all(answer.status == 200 for answer in answers))


def _is_served(caller: Caller) -> bool:
    return caller.send("GET", "/api/auth/enrollments/").status == 200
