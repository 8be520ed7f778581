"""GET /metrics: the counts of this machine's web processes, and the current queue of frames."""

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
from faceplatform.metrics import SHARED


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics in Prometheus's format; 404 without FACEPLATFORM_METRICS_TOKEN."""
    if not _may_read(request):
        raise Http404
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(_registry()), content_type=content_type)


def _may_read(request: HttpRequest) -> bool:
    token = settings.FACEPLATFORM_METRICS_TOKEN
    scheme, _, offered = request.headers.get("Authorization", "").partition(" ")
    return bool(token) and scheme == "Bearer" and compare_digest(offered.encode(), token.encode())


def _registry() -> CollectorRegistry:
    """Return this process's metrics, or those of all that count in files, and the queue's."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_Counted())
    if settings.FACEPLATFORM_ENGINE == "remote":
        registry.register(_Queue())
    for collector in SHARED:
        registry.register(collector)
    return registry


class _Counted(Collector):
    """The metrics of this process, including its memory and open files."""

    def collect(self) -> Iterator[Metric]:
        yield from REGISTRY.collect()


class _Queue(Collector):
    """The queue, read from Redis at each scrape: no process keeps gauges up to date."""

    def collect(self) -> Iterator[Metric]:
        try:
            look = mailbox().look()
        except redis.RedisError:
            yield _gauge("up", "1 if Redis answers, else 0.", 0)
            return
        yield _gauge("up", "1 if Redis answers, else 0.", 1)
        yield _gauge("frames", "Frames waiting for a worker.", look.waiting)
        yield _gauge("oldest_seconds", "Waiting time of the oldest frame.", look.oldest)
        yield _gauge("processes", "Processes that measure frames.", len(look.processes))


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(f"faceplatform_queue_{name}", documentation, value=value)
