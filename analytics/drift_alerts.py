"""Alerts of drift, against earlier weeks and against the calibration: each week of a client is
checked once, when it is over in every time zone."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from analytics import drift, expectation
from analytics.models import DaySummary, DriftCheck
from faceplatform import events
from faceplatform.transactions import retried

CODE = "distribution_drift"
BELOW_CODE = "similarity_below_calibration"
# The zone furthest behind, and time for its last sessions to be added.
_BEHIND = timedelta(hours=14)


def check(*, limit: int) -> int:
    """Check the last week of at most so many clients; return how many."""
    last = drift.monday_of((timezone.now() - _BEHIND).date()) - drift.WEEK
    checked = DriftCheck.objects.filter(week=last).values("client")
    rows = DaySummary.objects.filter(day__gte=last, day__lt=last + drift.WEEK)
    due = rows.exclude(client__in=checked).order_by().values_list("client", flat=True).distinct()
    return sum(_check(client_pk, last) for client_pk in due[:limit])


@retried
@transaction.atomic
def _check(client_pk: int, week: date) -> bool:
    """Check a week unless another run has; publish an alert for each series that drifted."""
    _, is_first = DriftCheck.objects.get_or_create(client_id=client_pk, week=week)
    if is_first:
        for found in drift.alerts(client_pk, last=week):
            _publish(CODE, client_pk, _without(found, "is_alert"))
        for found in expectation.of_week(client_pk, week):
            if found["is_below"]:
                _publish(BELOW_CODE, client_pk, _without(found, "is_below"))
    return is_first


def _publish(alert: str, client_pk: int, detail: dict[str, Any]) -> None:
    events.publish(
        events.SecurityAlert(
            client_id=client_pk, subject_id=None, at=timezone.now(), alert=alert, detail=detail
        )
    )


def _without(found: dict[str, Any], left_out: str) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != left_out}
