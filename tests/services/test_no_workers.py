"""Frames that no worker takes: refused in time, withdrawn, never measured for nobody."""

from dataclasses import asdict

import pytest

from faceplatform.engine.remote import envelope
from faceplatform.engine.remote.mailbox import Admission, mailbox
from faceplatform.engine.remote.tasks import analyze_frame
from faceplatform.engine.types import Wants
from faceplatform.errors import EngineBusy, EngineError
from tests.photographs import photo
from tests.services.conftest import Worker
from tests.services.marks import services
from tests.stage import problem

pytestmark = [*services, pytest.mark.django_db, pytest.mark.real_engine]


def obama() -> bytes:
    return photo("obama.jpg").read_bytes()


@pytest.fixture(autouse=True)
def nobody(broker):
    """There is no worker; one that another test killed no longer counts."""
    broker.delete("faceplatform:workers")
    yield
    broker.delete("faceplatform:workers")


@pytest.fixture
def absent(nobody):
    """A process that measures, as far as Redis knows: it takes nothing."""
    mailbox().register("elsewhere:1")


def left(broker) -> set[bytes]:
    """Return the keys of frames in Redis."""
    return set(broker.scan_iter("faceplatform:*")) - {b"faceplatform:workers"}


def test_with_no_worker_a_frame_is_refused_at_once(remote, api, broker):
    token = api.enrollment_token("obama", target_samples=1)
    refused = api.post_frame(token, obama())
    problem(refused, 503, "engine_unavailable")
    assert refused["Retry-After"] == "2"
    assert api.session(token).json()["frames_received"] == 0
    assert not left(broker)
    assert broker.llen("frames") == 0


def test_a_frame_that_nobody_took_is_dropped_by_the_worker_that_comes(
    remote, api, broker, absent, settings, start
):
    settings.FACEPLATFORM_FRAME_SECONDS = 1
    token = api.enrollment_token("obama", target_samples=1)
    refused = api.post_frame(token, obama())
    problem(refused, 503, "engine_unavailable")
    assert refused["Retry-After"] == "2"
    assert api.session(token).json()["frames_received"] == 0
    assert not left(broker)
    assert broker.llen("frames") == 1

    settings.FACEPLATFORM_FRAME_SECONDS = 30
    with start() as worker:
        assert api.post_frame(token, obama()).json()["enrollment_complete"] is True
        worker.stop()
    assert worker.said.count("Dropped a frame that nobody waits for") == 1
    assert not left(broker)


def test_a_frame_whose_asker_was_killed_is_dropped_by_redis_alone(remote, broker, absent, start):
    arguments = {"wants": asdict(Wants()), "following": None, "request_id": "-", "trace": {}}
    task = envelope.message(analyze_frame, "orphan", arguments, queue="frames")
    assert mailbox().post("orphan", obama(), task=task, seconds=-0.9) is Admission.ADMITTED
    with start() as worker:
        # A worker reports before it takes a task; until then the queue may count as stuck.
        worker.read_until("Dropped a frame that nobody waits for")
        assert remote.measure(obama(), wants=Wants()).analysis.face is not None
        worker.stop()
    assert worker.said.count("Dropped a frame that nobody waits for") == 1
    assert not left(broker)


def test_a_full_queue_refuses_at_once(remote, broker, absent, settings):
    settings.FACEPLATFORM_QUEUE_PER_PROCESS = 2
    box = mailbox()
    for name in ("in hand", "next", "last"):
        assert box.post(name, b"a picture", task=b"", seconds=30) is Admission.ADMITTED
    assert box.take("in hand").image == b"a picture"
    with pytest.raises(EngineBusy) as refused:
        remote.measure(obama(), wants=Wants())
    assert refused.value.retry_after == 1
    with pytest.raises(EngineBusy):  # from then on before the image is read
        remote.require_room()
    assert broker.llen("frames") == 3
    assert box.look().waiting == 2
    # Its worker was lost, but the frame was admitted: it skips the end of a full queue.
    assert box.post("lost", b"a picture", task=b"", seconds=30, again=True) is Admission.ADMITTED
    for name in ("lost", "next", "last"):
        box.withdraw(name)
    box.answer("in hand", b"measured")
    assert box.wait("in hand", seconds=1) == b"measured"
    remote.require_room()
    assert not left(broker)


def test_frames_that_wait_for_too_long_stop_further_ones(remote, broker, absent, settings):
    settings.FACEPLATFORM_QUEUE_PER_PROCESS = 10
    box = mailbox()
    assert box.post("old", b"a picture", task=b"", seconds=30) is Admission.ADMITTED
    broker.zincrby("faceplatform:waiting", -3_100_000, "old")
    assert box.look().oldest > 3
    with pytest.raises(EngineError) as refused:
        remote.measure(obama(), wants=Wants())
    assert type(refused.value) is EngineError
    assert refused.value.retry_after == 2
    assert box.take("old").waited > 3000
    assert box.post("new", b"a picture", task=b"", seconds=30) is Admission.ADMITTED
    box.withdraw("new")
    box.withdraw("old")
    assert not left(broker)


def test_a_worker_that_is_heard_of_no_more_does_not_count(remote, broker, absent):
    assert mailbox().look().processes == ("elsewhere:1",)
    broker.zincrby("faceplatform:workers", -5_000_000, "elsewhere:1")
    assert mailbox().look().processes == ()
    assert mailbox().post("name", b"a picture", task=b"", seconds=1) is Admission.NO_WORKERS
    assert not left(broker)


def test_one_from_before_the_clock_of_redis_was_set_back_does_not_count(remote, broker, absent):
    broker.zincrby("faceplatform:workers", 3_600_000_000, "elsewhere:1")
    assert mailbox().post("name", b"a picture", task=b"", seconds=1) is Admission.NO_WORKERS
    assert not left(broker)


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
