"""Two targets, and a row of a table for each attack on each of them (`make attack`)."""

import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from tests.attack.attacks import HEADER, Attack, Limits, attacking
from tests.attack.targets import NAMES, Target, started

_FILES = 4096
_ROWS = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session", autouse=True)
def _many_connections() -> None:
    """Allow this process and its servers more open files than a login shell has."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < _FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, hard))


@pytest.fixture(scope="session", autouse=True)
def _servers_end_with_us() -> None:
    """Let SIGTERM, as from a CI timeout, end the servers as well, as Ctrl-C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session", params=NAMES)
def running(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Target]:
    """Start one server for all attacks, then the other one."""
    with started(request.param, tmp_path_factory.mktemp(request.param)) as target:
        yield target


@pytest.fixture
def target(running: Target) -> Target:
    """Return the server, restarted if the last attack has ended it."""
    running.revive()
    return running


Attacked = Callable[..., AbstractContextManager[Attack]]


@pytest.fixture
def attack(target: Target, request: pytest.FixtureRequest) -> Attacked:
    """Return a context manager for an attack with a name and `Limits`.

    It adds a row to the table, and fails with the names of the exceeded limits.
    """

    @contextmanager
    def run(name: str, **limits: float) -> Iterator[Attack]:
        with attacking(name, target, Limits(**limits)) as attack:
            yield attack
        request.config.stash.setdefault(_ROWS, []).append(str(attack))
        if attack.exceeded:
            target.strike_down()  # the next attack must not be blamed for the rest
            pytest.fail(f"{name} on {target.name}: {'; '.join(attack.exceeded)}", pytrace=False)

    return run


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the table of all attacks."""
    if rows := config.stash.get(_ROWS, []):
        terminalreporter.section("attacks")
        for line in (HEADER, *rows):
            terminalreporter.write_line(line)
