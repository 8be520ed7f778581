"""SIGTERM: the frame in hand is finished, then the worker ends."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from faceplatform.engine.types import Wants
from tests.photographs import photo
from tests.services.marks import services

pytestmark = [*services, pytest.mark.real_engine]


@pytest.fixture
def pipes(tmp_path):
    """Two named pipes: each end waits until the other is open."""
    paths = {"IN_HAND": tmp_path / "in_hand", "GO": tmp_path / "go"}
    for path in paths.values():
        os.mkfifo(path)
    return paths


def test_a_frame_in_hand_is_finished(start, pipes, remote, settings):
    settings.FACEPLATFORM_FRAME_SECONDS = 60
    environment = {name: str(path) for name, path in pipes.items()}
    obama = photo("obama.jpg").read_bytes()
    with (
        start(FACEPLATFORM_WORKER_ENGINE="tests.services.engines.Patient", **environment) as worker,
        ThreadPoolExecutor(1) as pool,
    ):
        answer = pool.submit(remote.measure, obama, wants=Wants())
        assert pipes["IN_HAND"].read_text() == "a frame"
        worker.process.terminate()
        worker.read_until("Warm shutdown")
        assert not answer.done()
        pipes["GO"].write_text("go")
        assert answer.result(timeout=30).analysis.face.embedding is not None
        assert worker.process.wait(timeout=30) == 0
