"""OpenTelemetry spans from a request to the worker that measures its frame (FACEPLATFORM_TRACING).

OpenTelemetry is imported only if tracing is on. Its own environment variables configure the export,
such as OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_TRACES_SAMPLER.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from django.conf import settings

from faceplatform.errors import ConfigurationError


class _State:
    """The tracer provider of this process: None while tracing is off."""

    provider: Any = None


def require() -> None:
    """Refuse to start with FACEPLATFORM_TRACING on and without OpenTelemetry.

    Raises:
        faceplatform.errors.ConfigurationError
    """
    if settings.FACEPLATFORM_TRACING != "off" and find_spec("opentelemetry") is None:
        raise ConfigurationError(
            "FACEPLATFORM_TRACING needs OpenTelemetry: pip install -r requirements/telemetry.txt"
        )


def start(service: str) -> None:
    """Trace this process if FACEPLATFORM_TRACING is on. Call after any fork: it starts a thread.

    Args:
        service: the service name in the traces, unless OTEL_SERVICE_NAME sets another one.

    Raises:
        faceplatform.errors.ConfigurationError: OpenTelemetry is not installed.
    """
    require()
    if settings.FACEPLATFORM_TRACING == "off":
        return
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider

    named = Resource.create({"service.name": service}).merge(OTELResourceDetector().detect())
    use(TracerProvider(resource=named))
    _State.provider.add_span_processor(_processor())


def use(provider: Any) -> None:
    """Create spans with this tracer provider, or none if it is None."""
    _State.provider = provider


def stop() -> None:
    """Send the remaining spans."""
    if _State.provider is not None:
        _State.provider.shutdown()


@contextmanager
def span(
    name: str, *, kind: str = "internal", carrier: Mapping[str, str] | None = None
) -> Iterator[Any]:
    """Open a span around the block, as a child of the current span or of the one in ``carrier``.

    Args:
        kind: name of an OpenTelemetry SpanKind, in lower case.

    Yields:
        OpenTelemetry's span, or None while tracing is off.
    """
    if _State.provider is None:
        yield None
        return
    from opentelemetry import propagate
    from opentelemetry.trace import SpanKind

    tracer = _State.provider.get_tracer("faceplatform")
    context = None if carrier is None else propagate.extract(carrier)
    with tracer.start_as_current_span(name, context, SpanKind[kind.upper()]) as made:
        yield made


def carrier() -> dict[str, str]:
    """Return the headers by which another process continues the current span; none if off."""
    headers: dict[str, str] = {}
    if _State.provider is not None:
        from opentelemetry import propagate

        propagate.inject(headers)
    return headers


def _processor() -> Any:
    from opentelemetry.sdk.trace.export import (
        BatchSpanProcessor,
        ConsoleSpanExporter,
        SimpleSpanProcessor,
    )

    if settings.FACEPLATFORM_TRACING == "console":
        return SimpleSpanProcessor(ConsoleSpanExporter())
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return BatchSpanProcessor(OTLPSpanExporter())
