"""FACEPLATFORM_TRACING: spans of requests by route. If it is off, OpenTelemetry is not imported."""

import os
import subprocess
import sys

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from faceplatform import tracing
from faceplatform.errors import ConfigurationError
from tests.photographs import ROOT
from tests.stage import anonymous

pytestmark = pytest.mark.django_db


@pytest.fixture
def traced():
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.use(provider)
    yield exporter
    tracing.use(None)


def test_a_request_is_a_span_by_its_route(traced, api):
    token = api.enrollment_token()
    traced.clear()
    answer = api.session(token)
    (span,) = traced.get_finished_spans()
    assert span.name == "GET /api/auth/sessions/<str:session_token>/"
    assert dict(span.attributes) == {
        "http.request.method": "GET",
        "http.route": "api/auth/sessions/<str:session_token>/",
        "http.response.status_code": 200,
        "faceplatform.request_id": answer["X-Request-ID"],
    }
    assert token not in span.to_json()


def test_a_callers_trace_is_continued(traced):
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    anonymous().get("/api/core/health/", HTTP_TRACEPARENT=f"00-{trace}-{parent}-01")
    (span,) = traced.get_finished_spans()
    assert f"{span.context.trace_id:032x}" == trace
    assert f"{span.parent.span_id:016x}" == parent


@pytest.mark.parametrize("header", ["garbage", "00-0-0-01", "", "ff" * 200])
def test_a_trace_that_cannot_be_read_begins_anew(traced, header):
    assert anonymous().get("/api/core/health/", HTTP_TRACEPARENT=header).status_code == 200
    (span,) = traced.get_finished_spans()
    assert span.parent is None


def test_nothing_is_made_or_carried_while_it_is_off():
    with tracing.span("name") as span:
        assert span is None
        assert tracing.carrier() == {}


def test_without_the_packages_it_does_not_start(settings, monkeypatch):
    settings.FACEPLATFORM_TRACING = "otlp"
    monkeypatch.setattr(tracing, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"requirements/telemetry\.txt"):
        tracing.start("web")


def test_off_none_of_it_is_imported():
    """redis-py imports OpenTelemetry's metrics if it is installed."""
    script = (
        "import django, sys; django.setup()\n"
        "from django.test import Client\n"
        "Client().get('/api/core/nothing/', HTTP_HOST='127.0.0.1')\n"
        "import faceplatform.engine.remote.tasks\n"
        "assert 'opentelemetry.propagate' not in sys.modules\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry.exporter')]"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "faceplatform.settings.test"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
