"""The overview: what goes on now, and what somebody should look at."""

from datetime import timedelta
from typing import Any

from analytics import calls, dashboard, drift
from analytics.models import AlertRecord
from analytics.periods import Period
from clients import stats


def of_today(period: Period) -> dict[str, Any]:
    """Return what goes on now, today's sessions and calls beside yesterday's, the alerts that
    nobody has resolved, and drift."""
    days = {"today": period.last, "yesterday": period.last - timedelta(days=1)}
    unresolved = AlertRecord.objects.filter(client=period.client_pk, is_resolved=False)
    newest = unresolved.order_by("-raised_at").values_list("raised_at", flat=True).first()
    return {
        "now": stats.in_hand(period.client_pk),
        **{name: dashboard.of_day(period, day) for name, day in days.items()},
        "calls": {name: calls.of_day(period, day) for name, day in days.items()},
        "unresolved_alerts": {
            "count": stats.bounded(unresolved),
            "newest": newest,
        },
        "drifts": drift.alerts(period.client_pk, last=drift.monday_of(period.last) - drift.WEEK),
    }
