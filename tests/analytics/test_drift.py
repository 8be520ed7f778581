"""Drift: each week's distributions beside those of a reference week."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from analytics import drift_alerts
from analytics.models import DayHistogram, DaySummary
from tests.stage import problem

pytestmark = pytest.mark.django_db
URL = "/api/analytics/drift/"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday
GOOD, POOR = {"50": 300}, {"50": 150, "20": 150}


@pytest.fixture(autouse=True)
def now(monkeypatch):
    """Set the clock."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def store(api, days_ago: int, bins, **members) -> None:
    values = {
        "session_type": "verification",
        "capture_type": "webcam",
        "source": "api",
        "measure": "quality",
        **members,
    }
    day = (NOW - timedelta(days=days_ago)).date()
    DayHistogram.objects.create(client=api.client, day=day, bins=bins, **values)


def weeks(api, **query) -> list[tuple[str, int, bool]]:
    (series,) = api.http.get(URL, query).json()["series"]
    return [(week["week"], week["values"], week["is_alert"]) for week in series["weeks"]]


def test_a_week_that_differs_from_the_first(api):
    store(api, 16, GOOD)
    store(api, 10, GOOD)  # the Sunday of the same week
    store(api, 4, POOR)  # Saturday of the last whole week
    store(api, 0, POOR)  # the week in hand
    assert weeks(api, weeks=3) == [
        ("2026-11-02", 0, False),
        ("2026-11-09", 600, False),
        ("2026-11-16", 300, True),
    ]
    (series,) = api.http.get(URL, {"weeks": 3}).json()["series"]
    assert (series["reference_week"], series["reference_values"]) == ("2026-11-09", 600)
    assert series["weeks"][0]["psi"] is None
    assert series["weeks"][1]["psi"] == 0
    overview = api.http.get("/api/analytics/monitoring/overview/").json()
    (told,) = overview["drifts"]
    assert (told["measure"], told["capture_type"], told["week"]) == (
        "quality",
        "webcam",
        "2026-11-16",
    )


def test_too_few_values_are_no_alert(api):
    store(api, 10, GOOD)
    store(api, 4, {"20": 199})
    assert weeks(api, weeks=2)[-1] == ("2026-11-16", 199, False)


def test_a_given_reference(api):
    store(api, 60, POOR)
    store(api, 4, POOR)
    day = (NOW - timedelta(days=59)).date().isoformat()
    assert weeks(api, weeks=2, reference=day)[-1] == ("2026-11-16", 300, False)


def test_each_session_type_and_source_is_compared_with_itself(api, other):
    store(api, 4, GOOD)
    store(api, 4, GOOD, source="import")
    store(api, 4, GOOD, measure="similarity_accepted")
    store(api, 4, POOR, measure="similarity_refused")
    store(other, 4, GOOD, source="003")
    found = api.http.get(URL).json()["series"]
    assert [(each["measure"], each["source"]) for each in found] == [
        ("quality", "api"),
        ("quality", "import"),
        ("similarity", "api"),
    ]
    assert found[-1]["weeks"][-1]["values"] == 600


def test_an_alert_is_raised_once(api, other, heard):
    store(api, 10, GOOD)
    store(api, 4, POOR)
    store(other, 10, GOOD)
    store(other, 4, GOOD)
    for each in (api, other):
        DaySummary.objects.create(client=each.client, day=(NOW - timedelta(days=4)).date())
    assert [drift_alerts.check(limit=1) for _ in range(3)] == [1, 1, 0]
    (event,) = heard
    assert (event.client_id, event.alert) == (api.client.pk, "distribution_drift")
    (row,) = api.http.get("/api/analytics/security-alerts/").json()["results"]
    assert row["detail"] | {"psi": 0} == {
        "measure": "quality",
        "session_type": "verification",
        "capture_type": "webcam",
        "source": "api",
        "week": "2026-11-16",
        "values": 300,
        "psi": 0,
    }


def test_a_week_is_checked_when_it_is_over_everywhere(api, monkeypatch):
    DaySummary.objects.create(client=api.client, day=date(2026, 11, 22))
    for hour, checked in ((13, 0), (14, 1)):  # of Monday, in UTC
        moment = datetime(2026, 11, 23, hour, tzinfo=UTC)
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        assert drift_alerts.check(limit=10) == checked


@pytest.mark.parametrize(
    "query",
    [
        {"weeks": 1},
        {"weeks": 53},
        {"reference": "yesterday"},
        {"reference": "0001-01-01"},
        {"reference": "9999-12-31"},
        {"reference": "2999-12-31"},
        {"reference": "today"},
        {"reference": ""},
    ],
)
def test_what_cannot_be_compared(api, query):
    if query.get("reference") == "today":  # its week is not over
        query = {"reference": timezone.now().date().isoformat()}
    problem(api.http.get(URL, query), 400, "validation_failed")
