"""Frames that no worker takes: refused in time, withdrawn, never measured for nobody."""

import pytest

from faceplatform.engine.decode import decode
from faceplatform.engine.mailbox import mailbox
from faceplatform.engine.types import Wants
from faceplatform.errors import EngineBusy
from tests.photographs import photo
from tests.services.conftest import Worker
from tests.services.marks import services
from tests.stage import problem

pytestmark = [*services, pytest.mark.django_db, pytest.mark.real_engine]


def obama() -> bytes:
    return photo("obama.jpg").read_bytes()


def test_a_frame_that_nobody_took_is_dropped_by_the_worker_that_comes(
    remote, api, broker, settings, start
):
    settings.FACEPLATFORM_FRAME_SECONDS = 1
    token = api.enrollment_token("obama", target_samples=1)
    refused = api.post_frame(token, obama())
    problem(refused, 503, "engine_busy")
    assert refused["Retry-After"] == "2"
    assert api.session(token).json()["frames_received"] == 0
    assert not list(broker.scan_iter("faceplatform:*"))
    assert broker.llen("frames") == 1

    settings.FACEPLATFORM_FRAME_SECONDS = 30
    with start() as worker:
        assert api.post_frame(token, obama()).json()["enrollment_complete"] is True
        worker.stop()
    assert worker.said.count("Dropped a frame that nobody waits for") == 1


def test_a_full_queue_refuses_at_once(remote, broker, settings):
    settings.FACEPLATFORM_QUEUE_LIMIT = 2
    broker.rpush("frames", "{}", "{}")
    with pytest.raises(EngineBusy):
        remote.analyze(decode(obama()), wants=Wants())
    assert broker.llen("frames") == 2
    assert not list(broker.scan_iter("faceplatform:*"))


def test_no_redis(remote, api, settings):
    token = api.enrollment_token("obama", target_samples=1)
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    mailbox.cache_clear()
    refused = api.post_frame(token, obama())
    problem(refused, 503, "engine_unavailable")
    assert refused["Retry-After"] == "2"


def test_a_worker_without_its_models_does_not_start(tmp_path):
    worker = Worker(FACEPLATFORM_MODELS_DIR=str(tmp_path))
    worker.read_until(" ready.")
    assert " ready." not in worker.said
    assert "manage.py models prepare" in worker.said
    assert worker.process.wait(timeout=30) == 1
