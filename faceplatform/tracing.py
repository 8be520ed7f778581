"""Spans from a request to the worker that measures its frame, if FACEPLATFORM_TRACING is on.

OpenTelemetry is imported by `start` alone. Where its spans go is told by its own variables, such as
OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_TRACES_SAMPLER.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from django.conf import settings

from faceplatform.errors import ConfigurationError


class _State:
    """Of this process: None while nothing is traced."""

    provider: Any = None


def require() -> None:
    """Refuse to trace without the packages for it.

    Raises:
        faceplatform.errors.ConfigurationError
    """
    if settings.FACEPLATFORM_TRACING != "off" and find_spec("opentelemetry") is None:
        raise ConfigurationError(
            "FACEPLATFORM_TRACING needs OpenTelemetry: pip install -r requirements/telemetry.txt"
        )


def start(service: str) -> None:
    """Trace this process, if FACEPLATFORM_TRACING says so. After any fork: it starts a thread.

    Args:
        service: its name in the traces, unless OTEL_SERVICE_NAME gives another one.

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
    """Make spans by this tracer provider; None: make none."""
    _State.provider = provider


def stop() -> None:
    """Send what has not been sent yet."""
    if _State.provider is not None:
        _State.provider.shutdown()


@contextmanager
def span(
    name: str, *, kind: str = "internal", carrier: Mapping[str, str] | None = None
) -> Iterator[Any]:
    """A span around the block: a child of the current one, or of the one in ``carrier``.

    Args:
        kind: as OpenTelemetry's SpanKind names it, in small letters.

    Yields:
        OpenTelemetry's span; None when nothing is traced.
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
    """What another process needs to continue the current span; empty when nothing is traced."""
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
