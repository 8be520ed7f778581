"""The backlog as metrics, read from the database at each scrape."""

from collections.abc import Iterator

from django.db import Error
from django.utils import timezone
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from webhooks import claims
from webhooks.models import Delivery, DeliveryState


class Backlog(Collector):
    """Deliveries that are due, and the time for which the oldest one has been.

    Deliveries in hand are not among them: their claims make them due later. Those of paused
    endpoints and inactive clients count in neither.
    """

    def describe(self) -> list[Metric]:
        return []  # registering it asks no database

    def collect(self) -> Iterator[Metric]:
        try:
            due, oldest = _look()
        except Error:
            yield _gauge("up", "1 if the database answers, else 0.", 0)
            return
        yield _gauge("up", "1 if the database answers, else 0.", 1)
        yield _gauge("due", "Webhook deliveries that are due.", due)
        yield _gauge("oldest_seconds", "Time for which the oldest one has been due.", oldest)


def _look() -> tuple[int, float]:
    now = timezone.now()
    due = [group for group in claims.waiting() if group.earliest <= now]
    active = claims.active_endpoints({group.endpoint_id for group in due})
    times = [group.earliest for group in due if group.endpoint_id in active]
    if not times:
        return 0, 0.0
    rows = Delivery.objects.filter(
        state=DeliveryState.PENDING, endpoint__in=active, next_attempt_at__lte=now
    )
    return rows.count(), (now - min(times)).total_seconds()


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(f"faceplatform_webhooks_{name}", documentation, value=value)
