"""Analytics on MariaDB or MySQL: the queries over filled tables, and roll-ups at the same time."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from analytics import keeping, rolling
from analytics.models import AlertRecord, DaySummary, SessionFact
from clients import credentials, tokens
from clients.models import Client, Subject
from tests.analytics.histories import fact, random_fact, recount
from tests.analytics.test_rolling import totals
from tests.services.marks import services
from tests.services.test_mysql_queries import (
    Explained,
    explained,  # noqa: F401  (a fixture)
    tables_of,
    unbounded,
)
from tests.stage import Api

pytestmark = services
ROOT = "/api/analytics/"
_CLIENTS, _FACTS, _DAYS = 20, 600, 365


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
            Subject.objects.create(client=client, user_id=f"user-{number}") for number in range(20)
        ]
        facts = [random_fact(client, users, dice) for _ in range(_FACTS)]
        for place, each in enumerate(facts):
            each.ended_at, each.is_counted = now - timedelta(minutes=place), place > 20
        SessionFact.objects.bulk_create(facts)
        DaySummary.objects.bulk_create(
            DaySummary(client=client, day=now.date() - timedelta(days=back), sessions=back)
            for back in range(_DAYS)
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
    models = (SessionFact, DaySummary, AlertRecord, Subject)
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
def test_the_dashboard_reads_daily_totals_only(api, explained: list[Explained], period):  # noqa: F811
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
    ],
)
def test_a_page_of_the_log(api, explained: list[Explained], query):  # noqa: F811
    first = api.http.get(f"{ROOT}auth-logs/", {"page_size": 10, **query}).json()
    assert len(first["results"]) == (0 if query.get("source") == "none" else 10)
    if first["next"]:
        assert api.http.get(first["next"]).json()["results"]
    assert unbounded(explained) == []


@pytest.mark.parametrize("query", [{}, {"is_resolved": "false"}, {"alert": "address_locked"}])
def test_a_page_of_alerts(api, explained: list[Explained], query):  # noqa: F811
    answer = api.http.get(f"{ROOT}security-alerts/", {"page_size": 5, **query})
    assert len(answer.json()["results"]) == 5
    assert unbounded(explained) == []


def test_housekeeping(api, explained: list[Explained], settings):  # noqa: F811
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


@pytest.mark.django_db
def test_a_counted_fact_is_stored_as_it_was(make_api):
    client = make_api("exact").client
    fact(client, similarity=0.123456789, duration_ms=10**12).save()
    row = SessionFact.objects.get(client=client)
    assert (row.similarity, row.duration_ms) == (0.123456789, 10**12)
