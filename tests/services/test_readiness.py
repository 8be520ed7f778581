"""Readiness: a worker measures an image, once its models are loaded and while it is there."""

import os
import select
import signal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from faceplatform.engine.remote.mailbox import mailbox
from faceplatform.system import readiness
from tests.services.conftest import MEASURES, Worker
from tests.services.marks import services
from tests.stage import anonymous, problem

pytestmark = [*services, pytest.mark.django_db, pytest.mark.real_engine]


@pytest.fixture(autouse=True)
def nobody(broker):
    """There is no worker; one that another test killed no longer counts."""
    broker.delete("faceplatform:workers")


def ready():
    """Return the first answer of a web process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("faceplatform.system.views.readiness", readiness.Readiness())
        return anonymous().get("/api/core/ready/")


def workers(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("workers", *arguments, stdout=out)
    return out.getvalue().split()


def test_a_worker_is_there_once_it_is_warm_and_until_it_ends(tmp_path, remote):
    wake = tmp_path / "wake"
    os.mkfifo(wake)
    worker = Worker(FACEPLATFORM_WORKER_ENGINE="tests.services.engines.Sleeper", WAKE=str(wake))
    try:
        wake.write_text("the trial")
        worker.read_until(" ready.")
        problem(ready(), 503, "engine_not_ready")
        with pytest.raises(CommandError, match="No process"):
            workers()

        wake.write_text("the pool")
        worker.read_until(MEASURES)
        assert ready().json() == {"status": "ready"}
        assert workers() == workers("--here") == list(mailbox().look().processes)
    finally:
        worker.stop()
    assert mailbox().look().processes == ()
    problem(ready(), 503, "engine_not_ready")


def test_a_process_whose_worker_was_killed_ends(start, broker):
    with start() as worker:
        (name,) = mailbox().look().processes
        pool_process = int(name.partition(":")[2])
        handle = os.pidfd_open(pool_process)
        try:
            worker.process.send_signal(signal.SIGKILL)
            assert select.select([handle], [], [], 30)[0], "the process lives on"
        finally:
            os.close(handle)
