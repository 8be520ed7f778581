"""GET /metrics: what this machine's web processes counted, and the queue of frames as it is now."""

import os
from collections.abc import Iterator
from secrets import compare_digest

import redis
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import REGISTRY, CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from faceplatform.engine.remote.mailbox import mailbox


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Metrics in Prometheus's format, for holders of FACEPLATFORM_METRICS_TOKEN; 404 for others."""
    if not _may_read(request):
        raise Http404
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(_registry()), content_type=content_type)


def _may_read(request: HttpRequest) -> bool:
    token = settings.FACEPLATFORM_METRICS_TOKEN
    scheme, _, offered = request.headers.get("Authorization", "").partition(" ")
    return bool(token) and scheme == "Bearer" and compare_digest(offered.encode(), token.encode())


def _registry() -> CollectorRegistry:
    """Of this process, or of all that count in files; with the queue where there is one."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_Counted())
    if settings.FACEPLATFORM_ENGINE == "remote":
        registry.register(_Queue())
    return registry


class _Counted(Collector):
    """What this process counted, its memory and its files among it."""

    def collect(self) -> Iterator[Metric]:
        yield from REGISTRY.collect()


class _Queue(Collector):
    """Redis is asked when Prometheus asks: no process has to keep these up to date."""

    def collect(self) -> Iterator[Metric]:
        try:
            look = mailbox().look()
        except redis.RedisError:
            yield _gauge("up", "Whether Redis answers.", 0)
            return
        yield _gauge("up", "Whether Redis answers.", 1)
        yield _gauge("frames", "Frames that wait for a worker.", look.waiting)
        yield _gauge("oldest_seconds", "How long the oldest of them waits.", look.oldest)
        yield _gauge("processes", "Processes that measure frames.", len(look.processes))


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(f"faceplatform_queue_{name}", documentation, value=value)
