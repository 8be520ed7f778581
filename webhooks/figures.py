"""Figures of deliveries: of one endpoint, and of a client. Each is bounded in time and in rows."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet
from django.utils import timezone

from faceplatform.tenant import Tenant
from webhooks.models import Attempt, Delivery, DeliveryState, Endpoint

MOST_DAYS, DEFAULT_DAYS = 31, 7
# An endpoint's figures are those of its newest rows, at most so many.
MOST_DELIVERIES, MOST_ATTEMPTS = 10_000, 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Percentiles of the time to an answer, in milliseconds.

    Attributes:
        attempts: number of answered attempts that they are of.
    """

    attempts: int
    p50: int
    p95: int
    p99: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointFigures:
    """Figures of an endpoint's deliveries that were recorded between ``since`` and ``until``.

    Attributes:
        deliveries: their number by state.
        is_complete: False if there are more than `MOST_DELIVERIES`, of which the newest count.
        success_rate: share of delivered ones among the finished; None without any.
        latency: of the newest answered attempts; None without any.
    """

    since: datetime
    until: datetime
    deliveries: dict[str, int]
    is_complete: bool
    success_rate: float | None
    latency: Latency | None
    last_success_at: datetime | None
    failing_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientFigures:
    """Figures of a client's deliveries that were recorded between ``since`` and ``until``.

    Attributes:
        backlog: deliveries that wait now, whenever they were recorded.
        oldest_pending_at: when the oldest of these was recorded.
    """

    since: datetime
    until: datetime
    by_state: dict[str, int]
    by_event_type: dict[str, int]
    backlog: int
    oldest_pending_at: datetime | None


def of_endpoint(endpoint: Endpoint, *, days: int) -> EndpointFigures:
    """Return the figures of an endpoint for the last days."""
    until = timezone.now()
    since = until - timedelta(days=days)
    rows = Delivery.objects.filter(endpoint=endpoint.pk, created_at__gte=since)
    newest = rows.order_by("-created_at").values_list("state", flat=True)
    states = list(newest[: MOST_DELIVERIES + 1])
    counts = Counter(states[:MOST_DELIVERIES])
    return EndpointFigures(
        since=since,
        until=until,
        deliveries=_by_state(counts),
        is_complete=len(states) <= MOST_DELIVERIES,
        success_rate=success_rate(counts),
        latency=_latency(endpoint, since),
        last_success_at=endpoint.last_success_at,
        failing_since=endpoint.failing_since,
    )


def of_client(client: Tenant, *, days: int) -> ClientFigures:
    """Return the figures of a client for the last days."""
    until = timezone.now()
    since = until - timedelta(days=days)
    every = Delivery.objects.filter(client=client.pk)
    recorded, pending = every.filter(created_at__gte=since), every.filter(state="pending")
    return ClientFigures(
        since=since,
        until=until,
        # Of each state, so that the index alone is read.
        by_state={state.value: recorded.filter(state=state).count() for state in DeliveryState},
        by_event_type=_by_type(recorded),
        backlog=pending.count(),
        oldest_pending_at=pending.order_by("created_at")
        .values_list("created_at", flat=True)
        .first(),
    )


def success_rate(counts: Counter[str]) -> float | None:
    """Return the share of delivered ones among finished deliveries; None without any."""
    finished = counts.total() - counts[DeliveryState.PENDING]
    return round(counts[DeliveryState.DELIVERED] / finished, 4) if finished else None


def percentile(ordered: Sequence[int], share: float) -> int:
    """Return the smallest value that so large a share of the values does not exceed.

    Args:
        ordered: the values, ascending; at least one.
        share: above 0, at most 1.
    """
    return ordered[math.ceil(share * len(ordered)) - 1]


def _latency(endpoint: Endpoint, since: datetime) -> Latency | None:
    attempts = Attempt.objects.filter(endpoint=endpoint.pk, at__gte=since)
    newest = attempts.order_by("-at").values_list("milliseconds", "status_code")[:MOST_ATTEMPTS]
    answered = sorted(milliseconds for milliseconds, status in newest if status is not None)
    if not answered:
        return None
    return Latency(
        attempts=len(answered),
        p50=percentile(answered, 0.5),
        p95=percentile(answered, 0.95),
        p99=percentile(answered, 0.99),
    )


def _by_state(counts: Counter[str]) -> dict[str, int]:
    return {state.value: counts[state] for state in DeliveryState}


def _by_type(rows: QuerySet[Delivery]) -> dict[str, int]:
    counted = rows.values_list("event_type").annotate(Count("pk")).order_by()
    return dict(sorted(counted))
