"""Analytics on MariaDB or MySQL: the queries over filled tables, and roll-ups at the same time."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from analytics import consented, keeping, rolling
from analytics.models import (
    AlertRecord,
    DaySummary,
    DayTotal,
    SessionFact,
    UserActivity,
    UserDay,
)
from clients import credentials, tokens
from clients.models import Client, Subject
from tests.analytics.histories import START, fact, random_fact, recount
from tests.analytics.test_rolling import totals
from tests.services.explaining import (
    Explained,
    tables_of,
    unbounded,
)
from tests.services.marks import services
from tests.stage import Api

pytestmark = services
ROOT = "/api/analytics/"
_CLIENTS, _FACTS, _DAYS, _USERS = 20, 600, 365, 20


@pytest.fixture(scope="module")
def filled(django_db_setup, django_db_blocker):
    """One of twenty clients with 600 ended sessions and a year of totals each."""
    with django_db_blocker.unblock():
        try:
            yield _filled()
        finally:
            call_command("flush", verbosity=0, interactive=False)


def _filled() -> credentials.IssuedCredential:
    issued = credentials.create_client("acme")
    Client.objects.bulk_create(Client(name=f"c{number}") for number in range(_CLIENTS - 1))
    dice, now = random.Random(1), timezone.now()
    for client in Client.objects.all():
        users = [
            Subject.objects.create(
                client=client,
                user_id=f"user-{number}",
                consent_given_at=now if number % 2 else None,
            )
            for number in range(_USERS)
        ]
        facts = [random_fact(client, users, dice) for _ in range(_FACTS)]
        for place, each in enumerate(facts):
            each.ended_at = now - timedelta(minutes=place)
        SessionFact.objects.bulk_create(facts)
        DaySummary.objects.bulk_create(
            DaySummary(client=client, day=now.date() - timedelta(days=back), sessions=back)
            for back in range(2, _DAYS)
        )
        AlertRecord.objects.bulk_create(
            AlertRecord(
                client=client,
                alert=dice.choice(["address_locked", "refresh_token_reused"]),
                raised_at=now - timedelta(minutes=place),
                is_resolved=place > 5,
            )
            for place in range(_FACTS)
        )
    while rolling.roll_up(limit=5000):
        pass
    # For the roll-up that a test explains.
    SessionFact.objects.filter(ended_at__gt=now - timedelta(minutes=20)).update(is_counted=False)
    models = (
        SessionFact,
        DaySummary,
        DayTotal,
        UserDay,
        UserActivity,
        AlertRecord,
        Subject,
    )
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE TABLE {', '.join(model._meta.db_table for model in models)}")
        cursor.fetchall()
    return issued


@pytest.fixture
def api(filled, db) -> Api:
    http = APIClient(raise_request_exception=False)
    access = tokens.issue_tokens(filled.credential)["access"]
    http.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return Api(http=http, client=filled.credential.client, issued=filled)


@pytest.mark.parametrize("period", ["7_days", "1_year"])
def test_the_dashboard_reads_daily_totals_only(api, explained: list[Explained], period):
    answer = api.http.get(f"{ROOT}dashboard/", {"period": period})
    assert answer.json()["totals"]["sessions"] > 0
    read = {table for table in tables_of(explained) if table.startswith("analytics_")}
    assert read == {"analytics_daysummary"}
    steps = [step for query in explained for step in query.steps]
    (summary,) = [step for step in steps if step.table == "analytics_daysummary"]
    assert summary.kind in {"range", "ref"}  # of one client
    assert summary.rows <= _DAYS + 1
    assert unbounded(explained, allowed=("analytics_daysummary",)) == []


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"ordering": "ended_at"},
        {"user_id": "user-7"},
        {"session_type": "enrollment"},
        {"capture_type": "mobile"},
        {"source": "import"},
        {"source": "none"},
        {"outcome": "failure"},
        {"reason": "liveness_failed"},
        {"outcome": "failure", "ended_after": "2020-01-01T00:00:00Z"},
        {"user_id": "user-7", "ended_after": "2020-01-01T00:00:00Z"},
        {"source": "import", "ended_before": "2100-01-01T00:00:00Z"},
        {"user_id": "user-7", "outcome": "failure"},
        {"outcome": "failure", "reason": "no_match", "source": "import"},
    ],
)
def test_a_page_of_the_log(api, explained: list[Explained], query):
    first = api.http.get(f"{ROOT}auth-logs/", {"page_size": 5, **query}).json()
    assert len(first["results"]) == (0 if query.get("source") == "none" else 5)
    if first["next"]:
        assert api.http.get(first["next"]).json()["results"]
    assert unbounded(explained) == []


@pytest.mark.parametrize("path", ["statistics/", "face-recognition-stats/"])
def test_statistics_read_daily_totals_only(api, explained: list[Explained], path):
    answer = api.http.get(f"{ROOT}{path}", {"period": "7_days"})
    assert answer.status_code == 200
    read = {table for table in tables_of(explained) if table.startswith("analytics_")}
    assert read <= {"analytics_daytotal", "analytics_daysummary"}
    steps = [step for query in explained for step in query.steps]
    (totals,) = [step for step in steps if step.table == "analytics_daytotal"]
    assert totals.kind in {"range", "ref"}
    assert totals.key == "total_once_a_day_and_group"
    # Those of the client's days, and far from all of the table.
    assert totals.rows <= DayTotal.objects.count() / 2
    assert unbounded(explained, allowed=("analytics_daytotal",)) == []


@pytest.mark.parametrize("query", [{}, {"ordering": "last_seen_at"}, {"period": "1_year"}])
def test_a_page_of_users(api, explained: list[Explained], query):
    first = api.http.get(f"{ROOT}user-behavior/users/", {"page_size": 5, **query}).json()
    assert len(first["results"]) == 5
    assert api.http.get(first["next"]).json()["results"]
    assert unbounded(explained) == []


def test_users_of_a_period_are_counted_by_their_index(api, explained: list[Explained]):
    assert api.http.get(f"{ROOT}user-behavior/").json()["users"] == _USERS
    (step,) = [step for query in explained for step in query.steps if "useractivity" in step.table]
    assert step.key == "activity_by_time"
    assert "Using index" in step.extra


@pytest.mark.parametrize("query", [{}, {"is_resolved": "false"}, {"alert": "address_locked"}])
def test_a_page_of_alerts(api, explained: list[Explained], query):
    answer = api.http.get(f"{ROOT}security-alerts/", {"page_size": 5, **query})
    assert len(answer.json()["results"]) == 5
    assert unbounded(explained) == []


def test_compared_sessions_are_read_in_an_indexs_order(
    api, explained: list[Explained], monkeypatch
):
    """Of one client, type and time, from no row before them; each user's consent by a key."""
    monkeypatch.setattr(consented, "_PAGE", 10)
    monkeypatch.setattr(consented, "_SPAN", timedelta(hours=1))
    today = timezone.now().date()
    found = consented.of_days(api.client, today - timedelta(days=1), today)
    assert len(found.everybody.known) == _USERS / 2
    assert found.left_out > 0
    steps = [step for query in explained for step in query.steps]
    facts = [step for step in steps if step.table == "analytics_sessionfact"]
    assert {step.kind for step in facts} == {"range"}
    assert {step.key for step in facts} <= {"fact_by_type", "fact_by_reason", "fact_by_time"}
    assert not [step for step in facts if "filesort" in step.extra or "temporary" in step.extra]
    users = [step for step in steps if step not in facts]
    assert {(step.kind, step.key) for step in users} == {("eq_ref", "PRIMARY")}
    assert unbounded(explained) == []


def test_housekeeping(api, explained: list[Explained], settings):
    settings.FACEPLATFORM_ANALYTICS_DAYS = 31
    assert rolling.roll_up(limit=50) == 50
    keeping.remove_old_facts(limit=50)
    keeping.remove_old_user_days(limit=50)
    keeping.remove_old_alerts(limit=50)
    assert unbounded(explained) == []


@pytest.mark.django_db(transaction=True)
def test_roll_ups_at_the_same_time_add_each_fact_once(make_api):
    """Four threads write facts of the same days and add them up, all at once."""
    client = make_api("many at once").client
    users = [Subject.objects.create(client=client, user_id=str(number)) for number in range(5)]
    threads = 4
    together = Barrier(threads)

    def work(seed: int) -> None:
        dice = random.Random(seed)
        together.wait()
        try:
            for _ in range(40):
                random_fact(client, users, dice).save()
                rolling.roll_up(limit=dice.choice([1, 5, 50]))
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
    while rolling.roll_up(limit=500):
        pass
    facts = list(SessionFact.objects.filter(client=client))
    assert len(facts) == threads * 40
    assert totals(client) == recount(facts, "UTC")


@pytest.mark.django_db(transaction=True)
def test_a_roll_up_does_not_wait_for_another(make_api, caplog):
    """Else a slow one makes the others fail: they would wait for its totals until time is up."""
    client = make_api("one at a time").client
    day = START.date()
    facts = [fact(client) for _ in range(3)]
    for each in facts:
        each.save()
    DaySummary.objects.create(client=client, day=day)
    with transaction.atomic(), ThreadPoolExecutor(1) as other:
        SessionFact.objects.select_for_update().get(pk=facts[0].pk)
        DaySummary.objects.select_for_update().get(client=client, day=day)
        assert other.submit(_rolled_up_elsewhere).result() == 0
    assert "Retrying" not in caplog.text
    assert rolling.roll_up(limit=500) == len(facts)


def _rolled_up_elsewhere() -> int:
    try:
        return rolling.roll_up(limit=500)
    finally:
        connection.close()


@pytest.mark.django_db
def test_a_counted_fact_is_stored_as_it_was(make_api):
    client = make_api("exact").client
    fact(client, similarity=0.123456789, duration_ms=10**12).save()
    row = SessionFact.objects.get(client=client)
    assert (row.similarity, row.duration_ms) == (0.123456789, 10**12)
