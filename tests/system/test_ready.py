"""GET /api/core/ready/: an image is measured, database and cache answer; calls are cheap."""

from threading import Event, Thread

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from redis.exceptions import ConnectionError as RedisUnreachable

from faceplatform.engine import registry
from faceplatform.engine import testing as fake
from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.testing import FakeEngine
from faceplatform.engine.types import Wants
from faceplatform.errors import EngineBusy, EngineError, ModelMissing
from faceplatform.system import readiness
from faceplatform.system.readiness_image import draw_face
from tests.stage import anonymous, problem

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Undo all checks; return the clock, in seconds that have passed since."""
    clock = [0.0]
    monkeypatch.setattr(readiness, "monotonic", lambda: clock[0])
    monkeypatch.setattr("faceplatform.system.views.readiness", readiness.Readiness())
    return clock


@pytest.fixture
def engine():
    engine = FakeEngine()
    registry.set_engine(engine)
    return engine


def ready():
    return anonymous().get("/api/core/ready/")


def fails_with(error: Exception):
    def script(frame, wants):
        raise error

    registry.set_engine(FakeEngine(script))


@pytest.mark.parametrize("header", [None, "Bearer garbage"])
def test_it_needs_no_token_and_says_nothing_else(engine, header):
    extra = {"HTTP_AUTHORIZATION": header} if header else {}
    answer = anonymous().get("/api/core/ready/", **extra)
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready"}


def test_every_stage_is_asked_for(engine):
    ready()
    ((frame, wants),) = engine.calls
    assert frame.digest == decode(draw_face()).digest
    assert wants == Wants(embedding=True, liveness=True)


@pytest.mark.real_engine
def test_every_net_runs_on_the_drawn_face():
    engine = LocalEngine(lanes=1)
    analysis = engine.analyze(decode(draw_face()), wants=Wants(liveness=engine.has_liveness))
    stages = ["detection", "landmarks", "quality", "recognition"]
    assert list(analysis.stages)[:4] == stages
    assert analysis.face.embedding is not None
    assert (analysis.face.liveness is not None) is engine.has_liveness


def test_whoever_asks_often_has_one_picture_measured(engine, clock):
    for _ in range(5):
        assert ready().status_code == 200
    assert len(engine.calls) == 1
    clock[0] += readiness.KEPT_SECONDS
    assert ready().status_code == 200
    assert len(engine.calls) == 2


def test_a_refusal_is_kept_too_and_then_forgotten(clock, engine):
    fails_with(EngineError("No worker is there"))
    problem(ready(), 503, "engine_not_ready")
    registry.set_engine(engine)
    refused = ready()
    body = problem(refused, 503, "engine_not_ready")
    assert refused["Retry-After"] == "5"
    assert "worker" not in str(body)
    clock[0] += readiness.KEPT_SECONDS
    assert ready().status_code == 200


def test_missing_weights_are_no_readiness():
    fails_with(ModelMissing())
    problem(ready(), 503, "engine_not_ready")


def test_a_full_queue_is_one_that_is_served():
    fails_with(EngineBusy())
    assert ready().status_code == 200


def test_the_database_is_asked(engine, monkeypatch):
    def refuse(*_):
        raise OperationalError("no connection to db.example.com")

    monkeypatch.setattr(connection, "cursor", refuse)
    body = problem(ready(), 503, "database_not_ready")
    assert "example" not in str(body)
    assert not engine.calls


def test_redis_is_asked(engine, monkeypatch):
    def refuse(*_, **__):
        raise RedisUnreachable("no connection")

    monkeypatch.setattr(cache, "set", refuse)
    problem(ready(), 503, "cache_not_ready")
    assert not engine.calls


def test_the_embedded_cache_is_asked(engine, settings, tmp_path):
    """There is a folder in the place of its file."""
    backend = "faceplatform.cache.MachineCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": tmp_path}}
    problem(ready(), 503, "cache_not_ready")
    assert not engine.calls


def test_a_fault_that_nobody_foresaw_is_not_ready_for_all():
    fails_with(RuntimeError("a net that broke"))
    problem(ready(), 500, "internal_error")
    problem(ready(), 503, "not_ready")


def test_who_asks_while_it_is_tried_does_not_wait(engine):
    begun, go = Event(), Event()

    def script(frame, wants):
        begun.set()
        assert go.wait(30)
        return fake.analysis()

    registry.set_engine(FakeEngine(script))
    found = readiness.Readiness()

    def ask():
        try:
            found.failure()
        finally:
            connection.close()

    first = Thread(target=ask)
    first.start()
    try:
        assert begun.wait(30)
        assert found.failure().code == "not_ready"
    finally:
        go.set()
        first.join(30)
    assert found.failure() is None
