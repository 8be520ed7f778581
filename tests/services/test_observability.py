"""A request's id and trace reach the worker; its queue and its refusals are counted."""

import json

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import REGISTRY

from faceplatform import tracing
from faceplatform.engine.remote.mailbox import Admission, mailbox
from faceplatform.engine.remote.tasks import analyze_frame
from faceplatform.engine.types import Wants
from faceplatform.errors import EngineError
from faceplatform.request_id import serving
from tests.photographs import photo
from tests.services.marks import services
from tests.stage import anonymous

pytestmark = [*services, pytest.mark.django_db, pytest.mark.real_engine]
ID = "my-request-1"
TOKEN = "a-token-for-prometheus-only"


@pytest.fixture
def spans():
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.use(provider)
    yield exporter
    tracing.use(None)


def obama() -> bytes:
    return photo("obama.jpg").read_bytes()


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def in_json(said: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def test_the_workers_lines_about_a_frame_bear_its_requests_id(start, remote, tmp_path):
    deaths = tmp_path / "deaths"
    deaths.write_bytes(b"x")
    repeated = counted("faceplatform_frames_repeated_total")
    with start(
        FACEPLATFORM_LOG_FORMAT="json",
        FACEPLATFORM_WORKER_ENGINE="tests.services.engines.Mortal",
        DEATHS=str(deaths),
    ) as worker:
        with serving(ID):
            remote.measure(obama(), wants=Wants())
            analyze_frame.apply_async(
                ("gone",),
                {"wants": {"liveness": False}, "following": None, "request_id": ID, "trace": {}},
                queue="frames",
            )
        worker.read_until("Dropped")
        worker.stop()
    assert counted("faceplatform_frames_repeated_total") == repeated + 1
    ours = [line for line in in_json(worker.said) if line["logger"] == analyze_frame.__module__]
    assert [(line["message"], line["request_id"]) for line in ours] == [
        ("A process ended while it measured a frame", ID),
        ("Dropped a frame that nobody waits for", ID),
    ]
    assert all({"time", "level", "process"} <= set(line) for line in in_json(worker.said))


def test_the_workers_span_is_of_the_requests_trace(start, remote, spans, api):
    with start(FACEPLATFORM_TRACING="console") as worker:
        token = api.enrollment_token("obama", target_samples=1)
        spans.clear()
        answer = api.post_frame(token, obama()).json()
        assert answer["enrollment_complete"], answer
        worker.stop()
    elsewhere, request = spans.get_finished_spans()
    assert request.name == "POST /api/auth/process-image/"
    assert elsewhere.parent.span_id == request.context.span_id
    end = worker.said.rindex("}") + 1
    told = json.loads(worker.said[worker.said.index('{\n    "name": "measure"') : end])
    assert told["context"]["trace_id"] == f"0x{request.context.trace_id:032x}"
    assert told["parent_id"] == f"0x{elsewhere.context.span_id:016x}"
    assert told["resource"]["attributes"]["service.name"] == "faceplatform-worker"
    assert {"faceplatform.queue_ms", "faceplatform.recognition_ms"} <= set(told["attributes"])


def test_the_wait_of_a_frame_is_counted(start, remote, api):
    before = counted("faceplatform_stage_seconds_count", stage="queue")
    with start():
        api.post_frame(api.enrollment_token("obama"), obama())
    assert counted("faceplatform_stage_seconds_count", stage="queue") == before + 1


def test_refusals_are_counted_by_reason(remote, broker):
    broker.delete("faceplatform:workers")
    before = counted("faceplatform_frames_refused_total", reason="no_workers")
    with pytest.raises(EngineError):
        remote.measure(obama(), wants=Wants())
    assert counted("faceplatform_frames_refused_total", reason="no_workers") == before + 1


def scraped(settings) -> dict[str, str]:
    settings.FACEPLATFORM_METRICS_TOKEN = TOKEN
    settings.FACEPLATFORM_ENGINE = "remote"
    page = anonymous().get("/metrics", HTTP_AUTHORIZATION=f"Bearer {TOKEN}").content.decode()
    lines = (line.split(" ") for line in page.splitlines())
    return {name: value for name, *rest in lines for value in rest[-1:] if "_queue_" in name}


def test_the_queue_is_told_as_it_is(remote, broker, settings):
    broker.delete("faceplatform:workers")
    box = mailbox()
    box.register("elsewhere:1")
    assert box.post("waits", b"a picture", task=b"", seconds=30) is Admission.ADMITTED
    broker.zincrby("faceplatform:waiting", -2_000_000, "waits")
    found = scraped(settings)
    assert found["faceplatform_queue_up"] == "1.0"
    assert found["faceplatform_queue_frames"] == "1.0"
    assert 2 < float(found["faceplatform_queue_oldest_seconds"]) < 30
    assert found["faceplatform_queue_processes"] == "1.0"
    box.withdraw("waits")
    box.unregister("elsewhere:1")
    assert scraped(settings)["faceplatform_queue_oldest_seconds"] == "0.0"


def test_a_queue_that_does_not_answer_is_told(remote, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    mailbox.cache_clear()
    found = scraped(settings)
    assert found == {"faceplatform_queue_up": "0.0"}
