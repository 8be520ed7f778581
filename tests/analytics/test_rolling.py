"""The roll-up: totals equal a plain recount, whatever the order of facts and roll-ups."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from analytics import keeping, rolling
from analytics.models import (
    DayHistogram,
    DaySummary,
    DayTotal,
    HourTotal,
    SessionFact,
    UserActivity,
    UserDay,
)
from clients.models import Subject
from faceplatform import housekeeping
from tests.analytics.histories import fact, random_fact, recount, recount_activity, recount_hours

pytestmark = pytest.mark.django_db
_DAY = ("sessions", "frames_received", "spoof_sessions", "unique_users")
_GROUP = ("session_type", "capture_type", "source", "outcome", "reason")
_SUMS = (
    *("sessions", "duration_ms", "quality_count", "quality_millionths"),
    *("similarity_count", "similarity_millionths", "liveness_verified"),
)


def roll_up_all() -> None:
    while rolling.roll_up(limit=500):
        pass


def totals(client) -> dict[str, Any]:
    """Return the stored totals in the form of `recount`."""
    return {
        "days": {
            row.day.isoformat(): +Counter({name: getattr(row, name) for name in _DAY})
            for row in DaySummary.objects.filter(client=client)
        },
        "groups": {
            (row.day.isoformat(), *(getattr(row, name) for name in _GROUP)): +Counter(
                {name: getattr(row, name) for name in _SUMS}
            )
            for row in DayTotal.objects.filter(client=client)
        },
    }


def hours() -> dict[tuple[Any, ...], tuple[int, ...]]:
    """Return the totals of hours in the form of `recount_hours`."""
    return {
        (row.hour.strftime("%Y-%m-%d %H"), row.session_type, row.outcome): (
            row.sessions,
            row.frames_received,
            row.frames_accepted,
        )
        for row in HourTotal.objects.all()
    }


def activity(client) -> dict[int, tuple[Any, ...]]:
    """Return what is stored about the users, in the form of `recount_activity`."""
    found = {}
    for row in UserActivity.objects.filter(client=client):
        days = UserDay.objects.filter(client=client, subject=row.subject_id)
        found[row.subject_id] = (
            sum(day.sessions for day in days),
            sum(day.failures for day in days),
            row.first_seen_at,
            row.last_seen_at,
            {name: datetime.fromisoformat(at) for name, at in row.origins.items()},
        )
    return found


@pytest.mark.parametrize("seed", range(25))
def test_totals_equal_a_recount(api, other, seed):
    """Facts of two clients arrive in any order, between roll-ups of any size."""
    dice = random.Random(seed)
    zones = {api.client: "Pacific/Auckland", other.client: "America/St_Johns"}
    users = {}
    for client, zone in zones.items():
        client.time_zone = zone
        client.save(update_fields=["time_zone"])
        users[client] = [
            Subject.objects.create(client=client, user_id=str(number)) for number in range(4)
        ]
    for _ in range(dice.randrange(1, 80)):
        if dice.random() < 0.3:
            rolling.roll_up(limit=dice.choice([1, 3, 500]))
        client = dice.choice(list(zones))
        random_fact(client, users[client], dice).save()
    roll_up_all()
    for client, zone in zones.items():
        facts = SessionFact.objects.filter(client=client)
        assert totals(client) == recount(facts, zone)
        assert activity(client) == recount_activity(facts)
        histogram = DayHistogram.objects.filter(client=client, measure="duration")
        assert sum(sum(row.bins.values()) for row in histogram) == facts.count()
    assert hours() == recount_hours(SessionFact.objects.all())


def test_a_second_run_adds_nothing(api):
    fact(api.client).save()
    roll_up_all()
    once = totals(api.client)
    assert rolling.roll_up(limit=500) == 0
    assert totals(api.client) == once


def test_a_roll_up_that_fails_adds_nothing(api, monkeypatch):
    fact(api.client).save()

    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(rolling, "_add_histograms", fail)
    with pytest.raises(ZeroDivisionError):
        rolling.roll_up(limit=500)
    assert totals(api.client) == {"days": {}, "groups": {}}
    assert hours() == {}
    monkeypatch.undo()
    roll_up_all()
    assert DaySummary.objects.get().sessions == 1


def test_a_late_fact_of_a_counted_day(api):
    user = Subject.objects.create(client=api.client, user_id="alice")
    fact(api.client, subject=user).save()
    roll_up_all()
    fact(api.client, subject=user, ended_at=datetime(2026, 3, 27, 1, tzinfo=UTC)).save()
    roll_up_all()
    row = DaySummary.objects.get()
    assert (row.sessions, row.unique_users) == (2, 1)


def test_a_change_of_the_time_zone_applies_to_sessions_added_after_it(api):
    late = datetime(2026, 3, 27, 23, 30, tzinfo=UTC)
    fact(api.client, ended_at=late).save()
    roll_up_all()
    api.client.time_zone = "Asia/Tokyo"
    api.client.save(update_fields=["time_zone"])
    fact(api.client, ended_at=late).save()
    roll_up_all()
    days = {str(row.day): row.sessions for row in DaySummary.objects.all()}
    assert days == {"2026-03-27": 1, "2026-03-28": 1}


def test_housekeeping_adds_before_it_removes(api, settings):
    settings.FACEPLATFORM_ANALYTICS_DAYS = 31
    user = Subject.objects.create(client=api.client, user_id="alice")
    now = timezone.now()
    for days in (1, 30, 32, 40):
        fact(api.client, subject=user, ended_at=now - timedelta(days=days)).save()
    housekeeping.clean_up()
    assert SessionFact.objects.count() == 2
    assert UserDay.objects.count() == 3  # a margin of two days, whatever the time zone
    assert UserActivity.objects.count() == 1  # seen yesterday
    assert sum(row.sessions for row in DaySummary.objects.all()) == 4
    assert [row.sessions for row in HourTotal.objects.all()] == [1]  # of yesterday


def test_a_clients_policy_keeps_its_rows_for_a_shorter_time(api, other, settings):
    settings.FACEPLATFORM_ANALYTICS_DAYS = 400
    own = {"policy": {"analytics_days": 60}}
    changed = api.http.patch(f"/api/clients/clients/{api.client.public_id}/", own, format="json")
    assert changed.status_code == 200, changed.content
    for client in (api.client, other.client):
        user = Subject.objects.create(client=client, user_id="alice")
        for days in (59, 70):
            fact(client, subject=user, ended_at=timezone.now() - timedelta(days=days)).save()
    housekeeping.clean_up()
    for table, left in ((SessionFact, 1), (UserDay, 1)):
        assert table.objects.filter(client=api.client).count() == left
        assert table.objects.filter(client=other.client).count() == 2
    assert sum(row.sessions for row in DaySummary.objects.filter(client=api.client)) == 2


def test_a_fact_that_is_not_added_yet_is_not_removed(api, settings):
    settings.FACEPLATFORM_ANALYTICS_DAYS = 31
    fact(api.client, ended_at=timezone.now() - timedelta(days=100)).save()
    assert keeping.remove_old_facts(limit=10) == 0
    roll_up_all()
    assert keeping.remove_old_facts(limit=10) == 1


def test_a_client_goes_with_its_facts_and_totals(other):
    fact(other.client, subject=Subject.objects.create(client=other.client, user_id="a")).save()
    roll_up_all()
    other.client.credentials.all().delete()
    other.client.delete()
    for table in (SessionFact, DaySummary, DayTotal, DayHistogram, UserActivity, UserDay):
        assert not table.objects.exists()
