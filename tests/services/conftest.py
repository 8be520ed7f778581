"""Real workers on a real Redis, a real MariaDB or MySQL: `make test-services`."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest
import redis
from django.conf import settings as django_settings

from faceplatform.engine import registry
from faceplatform.engine.remote.engine import RemoteEngine
from faceplatform.engine.remote.mailbox import mailbox
from tests.photographs import ROOT
from tests.services.explaining import explained
from tests.services.filled import issued

__all__ = ["explained", "issued"]  # fixtures

MEASURES = "This process measures frames"
_START_SECONDS = 90


class Worker:
    """A measuring worker: a main process and its pool."""

    def __init__(self, **environment: str) -> None:
        self.process = subprocess.Popen(
            [
                str(Path(sys.executable).with_name("celery")),
                *("--app", "faceplatform", "worker", "--queues", "frames", "--concurrency", "1"),
            ],
            cwd=ROOT,
            env=os.environ
            | {
                "DJANGO_SETTINGS_MODULE": "faceplatform.settings.test_services",
                "PYTHONWARNINGS": "ignore",
            }
            | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""

    def read_until(self, words: str) -> None:
        """Read its output until it contains those words, or ends."""
        watchdog = Timer(_START_SECONDS, self.process.kill)
        watchdog.start()
        try:
            assert self.process.stdout is not None
            while words not in self.said and (line := self.process.stdout.readline()):
                self.said += line
        finally:
            watchdog.cancel()

    def stop(self) -> int:
        """Let it finish the frame in hand, and end."""
        self.process.terminate()
        self.said += self.process.communicate(timeout=30)[0]
        return self.process.returncode


@contextmanager
def running(**environment: str) -> Iterator[Worker]:
    worker = Worker(**environment)
    try:
        worker.read_until(MEASURES)
        assert MEASURES in worker.said, worker.said
        yield worker
    finally:
        if worker.process.poll() is None:
            worker.stop()


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """One worker, shared by the tests of a module."""
    with running() as worker:
        yield worker


@pytest.fixture
def start() -> Callable[..., object]:
    """A function that starts the test's own worker: ``with start(VARIABLE="value"):``."""
    return running


@pytest.fixture
def broker() -> Iterator[redis.Redis]:
    """The Redis database of the queues, emptied of a test's frames after it."""
    with redis.Redis.from_url(django_settings.CELERY_BROKER_URL) as client:
        yield client
        left = set(client.scan_iter("faceplatform:*")) - {b"faceplatform:workers"}
        client.delete(django_settings.FACEPLATFORM_FRAMES_QUEUE, *left)


@pytest.fixture
def remote(broker, settings) -> Iterator[RemoteEngine]:
    """Let workers measure this process's frames."""
    settings.FACEPLATFORM_ENGINE = "remote"
    mailbox.cache_clear()
    engine = RemoteEngine()
    registry.set_engine(engine)
    yield engine
    mailbox.cache_clear()
