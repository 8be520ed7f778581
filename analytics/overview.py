"""The overview: what goes on now, and what somebody should look at."""

from datetime import timedelta
from typing import Any

from analytics import dashboard, drift
from analytics.models import AlertRecord
from analytics.periods import Period
from clients import stats


def of_today(period: Period) -> dict[str, Any]:
    """Return what goes on now, today beside yesterday, the alerts that nobody has resolved, and
    drift."""
    unresolved = AlertRecord.objects.filter(client=period.client_pk, is_resolved=False)
    newest = unresolved.order_by("-raised_at").values_list("raised_at", flat=True).first()
    return {
        "now": stats.in_hand(period.client_pk),
        "today": dashboard.of_day(period, period.last),
        "yesterday": dashboard.of_day(period, period.last - timedelta(days=1)),
        "unresolved_alerts": {
            "count": stats.bounded(unresolved),
            "newest": newest,
        },
        "drifts": drift.alerts(period.client_pk, last=drift.monday_of(period.last) - drift.WEEK),
    }
