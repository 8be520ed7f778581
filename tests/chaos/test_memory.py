"""A worker process that grows above its limit is replaced after its frame; no frame is lost."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.chaos.conftest import deployed
from tests.chaos.engines import Growth
from tests.chaos.seen import (
    RECOVERY_SECONDS,
    answered_again,
    picture,
    require_enrolled,
    require_nothing_biometric,
    shown,
)
from tests.deployment import Answer, Caller, Deployment, Process, wait_until

pytestmark = pytest.mark.chaos

_LIMIT_MB = 500  # twice the size of a process with its models
_GROWTH = 450 * 1024 * 1024
_CLIENTS = 2
_MEASURES = "This process measures frames"
_LOST = "A process ended while it measured a frame"


@pytest.fixture(scope="module")
def deployment(tmp_path_factory):
    engine = "tests.chaos.engines.Growing"
    folder = tmp_path_factory.mktemp("deployment")
    given = {"FACEPLATFORM_WORKER_ENGINE": engine, "FACEPLATFORM_WORKER_MEMORY_MB": str(_LIMIT_MB)}
    with deployed(folder, **given) as deployment:
        yield deployment


def ready(deployment: Deployment) -> Answer:
    return Caller(deployment.port).send("GET", "/api/core/ready/")


def memory(pid: int) -> int:
    """Return the peak memory of a process, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def replaced(worker: Process, old: int) -> int:
    """Wait until another process has replaced it. Return the id of the new one."""
    wait_until(lambda: worker.children() not in ([], [old]), RECOVERY_SECONDS, "one is replaced")
    (new,) = worker.children()
    return new


def test_process_over_its_limit(deployment, caller, told):
    (worker,) = deployment.workers
    require_enrolled(caller.frame(caller.enrollment(target_samples=1), picture("obama")))
    (old,) = worker.children()
    assert memory(old) < _LIMIT_MB
    assert ready(deployment).status == 200

    Growth(deployment.folder).order(_GROWTH)
    tokens = [caller.enrollment(target_samples=1) for _ in range(1 + _CLIENTS)]
    answers = [caller.frame(tokens[0], picture("obama"))]
    with ThreadPoolExecutor(_CLIENTS) as pool:
        # The process is ending, or has ended, or the next one is loading its models.
        coming = [pool.submit(insisted, caller.another_connection(), token) for token in tokens[1:]]
        new = replaced(worker, old)
        answers += [answer.result() for answer in coming]
    for token, answer in zip(tokens, answers, strict=True):
        require_enrolled(answer)
        assert caller.session(token)["frames_received"] == 1
    wait_until(lambda: ready(deployment).status == 200, RECOVERY_SECONDS, "it is ready")

    # Its replacement is as large as the first process was, and stays.
    again = caller.frame(caller.enrollment(target_samples=1), picture("obama"))
    require_enrolled(again)
    assert worker.children() == [new]
    assert memory(new) < _LIMIT_MB
    assert worker.said().count(_MEASURES) == 2
    assert _LOST not in worker.said()
    require_nothing_biometric(deployment.redis.connect(), picture("obama"))
    told(
        f"a worker's process over {_LIMIT_MB} MB, replaced after its frame",
        f"{shown(*answers)}, each counted once",
    )


def insisted(caller: Caller, token: str) -> Answer:
    """Send a frame until it is taken, and return the answer. Refusals before it must be clean."""
    return answered_again(lambda: caller.frame(token, picture("obama")))
