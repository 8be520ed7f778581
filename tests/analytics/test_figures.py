"""Figures of a period: dashboard, statistics, stats by day, behavior, calls, overview."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics import rolling
from analytics.models import AlertRecord
from clients import usage
from clients.models import Subject, UsageDay
from tests.analytics.histories import fact
from tests.sessions.test_queries import statements
from tests.stage import problem

pytestmark = pytest.mark.django_db
ROOT = "/api/analytics/"
NOW = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)  # a Tuesday; Wednesday in Berlin is near
FIGURES = (
    *("dashboard/", "statistics/", "face-recognition-stats/", "model-performance/"),
    *("user-behavior/", "system-metrics/"),
)


@pytest.fixture(autouse=True)
def now(monkeypatch):
    """Set the clock."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def read(api, path: str, **query):
    answer = api.http.get(f"{ROOT}{path}", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def store(*facts) -> None:
    for each in facts:
        each.save()
    rolling.roll_up(limit=500)


@pytest.fixture
def week(api):
    """Sessions of two days: yesterday's two and today's four."""
    alice, bob = (Subject.objects.create(client=api.client, user_id=n) for n in ("alice", "bob"))
    client, yesterday = api.client, NOW - timedelta(days=1)
    enrolled = {"session_type": "enrollment", "reason": "enrolled", "similarity": None}
    refused = {"outcome": "failure", "reason": "no_match", "similarity": 0.3}
    store(
        fact(client, subject=alice, ended_at=yesterday, **enrolled, quality=0.6),
        fact(client, subject=alice, ended_at=yesterday, duration_ms=500),
        fact(client, subject=alice, ended_at=NOW, capture_type="webcam"),
        fact(client, subject=bob, ended_at=NOW, **refused, spoof_frames=1),
        fact(client, subject=bob, ended_at=NOW, outcome="expired", reason="expired"),
        fact(client, ended_at=NOW, session_type="identification", **refused),
        fact(client, ended_at=NOW - timedelta(days=40)),
    )
    return api


def test_the_dashboard(week):
    found = read(week, "dashboard/", period="7_days")
    assert (found["first_day"], found["last_day"]) == ("2026-11-18", "2026-11-24")
    assert found["totals"] == {
        "sessions": 6,
        "enrollments": 1,
        "enrollments_succeeded": 1,
        "authentications": 5,
        "authentications_succeeded": 2,
        "authentications_failed": 2,
        "expired": 1,
        "cancelled": 0,
        "spoof_sessions": 1,
        "frames_received": 12,
        "frames_accepted": 6,
        "success_rate": 0.5,
        "enrollment_success_rate": 1.0,
        "frame_acceptance_rate": 0.5,
    }
    assert found["unique_users"] == {"mean": 1.5, "most": 2}
    assert [day["sessions"] for day in found["days"]] == [0, 0, 0, 0, 0, 2, 4]
    assert found["days"][-1]["unique_users"] == 2
    assert found["as_of"] is not None


@pytest.mark.parametrize(
    ("period", "days", "sessions"),
    [("7_days", 7, 6), ("30_days", 30, 6), ("90_days", 90, 7), ("1_year", 365, 7)],
)
def test_the_length_of_a_period(week, period, days, sessions):
    found = read(week, "dashboard/", period=period)
    assert len(found["days"]) == days
    assert found["totals"]["sessions"] == sessions


def test_a_period_is_30_days_unless_asked_otherwise(week):
    assert read(week, "dashboard/") == read(week, "dashboard/", period="30_days")


def test_days_are_those_of_the_clients_time_zone(api):
    api.client.time_zone = "Asia/Tokyo"
    api.client.save(update_fields=["time_zone"])
    store(fact(api.client, ended_at=NOW))
    found = read(api, "dashboard/", period="7_days")
    assert (found["time_zone"], found["last_day"]) == ("Asia/Tokyo", "2026-11-25")
    assert found["days"][-1]["sessions"] == 1
    hours = read(api, "user-behavior/", period="7_days")["hours"]
    assert hours.index(1) == 7  # 22:30 UTC


@pytest.mark.parametrize("path", FIGURES)
def test_nothing_happened_yet(api, path):
    found = read(api, path)
    assert (found["period"], found["time_zone"]) == ("30_days", "UTC")


@pytest.mark.parametrize("path", FIGURES)
def test_a_misspelled_period(api, path):
    for query in ({"period": "8_days"}, {"periode": "7_days"}):
        problem(api.http.get(f"{ROOT}{path}", query), 400, "validation_failed")


@pytest.mark.parametrize("path", FIGURES)
def test_another_clients_sessions_count_for_nothing(api, other, path):
    before = read(api, path)
    store(fact(other.client, ended_at=NOW))
    assert read(api, path) == before


def test_the_dashboard_reads_one_table_once(week):
    with CaptureQueriesContext(connection) as captured:
        read(week, "dashboard/", period="1_year")
    assert statements(captured)[1:] == ["SELECT analytics_daysummary"]  # after the credential


def test_statistics(week):
    found = read(week, "statistics/", period="7_days")
    assert found["sessions"] == 6
    assert found["by_session_type"] == [
        {"value": "verification", "sessions": 4, "success_rate": 0.6667},
        {"value": "enrollment", "sessions": 1, "success_rate": 1.0},
        {"value": "identification", "sessions": 1, "success_rate": 0.0},
    ]
    assert found["by_capture_type"][1] == {"value": "webcam", "sessions": 1, "success_rate": 1.0}
    assert {each["value"]: each["sessions"] for each in found["by_reason"]} == {
        "matched": 2,
        "no_match": 2,
        "enrolled": 1,
        "expired": 1,
    }
    assert [tuple(each.values()) for each in found["outcomes"]] == [
        ("verification", "success", "matched", 2),
        ("enrollment", "success", "enrolled", 1),
        ("identification", "failure", "no_match", 1),
        ("verification", "expired", "expired", 1),
        ("verification", "failure", "no_match", 1),
    ]
    assert found["means"] == {
        "quality_mean": 0.7667,
        "similarity_mean": 0.66,
        "liveness_mean": None,
        "duration_ms_mean": 1333.3,
        "frames_mean": 2.0,
        "spoof_rate": 0.1667,
    }


def test_stats_by_day(week):
    *_, yesterday, today = read(week, "face-recognition-stats/", period="7_days")["days"]
    assert (yesterday["day"], yesterday["new_enrollments"], yesterday["unique_users"]) == (
        "2026-11-23",
        1,
        1,
    )
    assert today["outcomes"] == {"success": 1, "failure": 2, "expired": 1, "cancelled": 0}
    assert today["reasons"] == {"expired": 1, "matched": 1, "no_match": 2}
    assert today["new_enrollments"] == 0
    assert today["means"]["similarity_mean"] == 0.6


def test_behavior(week):
    found = read(week, "user-behavior/", period="7_days")
    assert found["hours"][22] == 6
    assert sum(found["hours"]) == 6
    assert (found["weekdays"]["monday"], found["weekdays"]["tuesday"]) == (2, 4)
    assert found["unique_users"] == {"mean": 1.5, "most": 2}
    assert (found["sessions_per_user"], found["frames_per_success"]) == (2.0, 2.0)


def test_calls(api, other):
    usage.flush()
    UsageDay.objects.all().delete()
    refusals = {"refused": 3, "throttled": 2, "unavailable": 1}
    counts = {"calls": 9, **refusals, "frames": 5, "frames_accepted": 4}
    for client in (api.client, other.client):
        for operation in ("POST /a/", "POST /b/"):
            UsageDay.objects.create(client=client, day=NOW.date(), operation=operation, **counts)
    found = read(api, "system-metrics/", period="7_days")
    assert found["totals"] == {
        "calls": 18,
        "refused": 6,
        "throttled": 4,
        "unavailable": 2,
        "frames": 10,
        "frames_accepted": 8,
        "error_rate": 0.3333,
    }
    assert found["days"][-1] == {
        "day": "2026-11-24",
        "calls": 18,
        "refused": 6,
        "throttled": 4,
        "unavailable": 2,
        "frames": 10,
        "frames_accepted": 8,
    }
    found_calls = read(api, "monitoring/overview/")["calls"]
    assert found_calls["today"] == {name: 2 * count for name, count in counts.items()}
    assert set(found_calls["yesterday"].values()) == {0}


def test_the_overview(week, other):
    earlier = NOW - timedelta(hours=1)
    AlertRecord.objects.create(client=week.client, alert="x", raised_at=earlier)
    AlertRecord.objects.create(client=week.client, alert="x", raised_at=NOW, is_resolved=True)
    AlertRecord.objects.create(client=other.client, alert="x", raised_at=NOW)
    found = read(week, "monitoring/overview/")
    assert (found["today"]["sessions"], found["yesterday"]["sessions"]) == (4, 2)
    assert found["today"]["success_rate"] == 0.3333
    assert found["unresolved_alerts"] == {"count": 1, "newest": "2026-11-24T21:30:00Z"}
    assert found["drifts"] == []
