"""Webhooks on MySQL or MariaDB: several loops at once, and the plans of the loop's queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tests.services.explaining import unbounded
from tests.services.marks import services
from tests.services.released import at_once
from tests.webhooks.delivering import answer, endpoint, pending
from webhooks import claims, results
from webhooks.lanes import Lanes
from webhooks.models import Attempt, Delivery
from webhooks.results import Result

pytestmark = [*services, pytest.mark.django_db(transaction=True)]

_MANY = 10_000


def test_loops_at_once_send_each_attempt_once(api):
    endpoints = [endpoint(api.client) for _ in range(3)]
    now = timezone.now()
    rows = [pending(to, now) for _ in range(100) for to in endpoints]
    sent = at_once("tests.services.webhook_process", [(str(connection.settings_dict["NAME"]),)] * 3)
    assert sorted(message for each in sent for message in each) == sorted(
        row.message_id for row in rows
    )
    assert sum(1 for each in sent if each) > 1  # more than one took part
    assert Attempt.objects.count() == len(rows)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}


def test_a_long_queue_of_one_endpoint_slows_no_search(api, explained):
    now = timezone.now()
    hanging, *others = (endpoint(api.client) for _ in range(10))
    example = pending(hanging, now - timedelta(hours=1))
    Delivery.objects.bulk_create(
        Delivery(
            client=api.client,
            endpoint=hanging,
            message_id=f"many_{number}",
            event_type=example.event_type,
            body=example.body,
            occurred_at=now,
            attempts_made=number % 2,
            next_attempt_at=now - timedelta(seconds=number),
        )
        for number in range(_MANY)
    )
    for to in others:
        pending(to, now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE TABLE webhooks_delivery, webhooks_endpoint")
        cursor.fetchall()
    explained.clear()
    lanes = Lanes(most=8, places=400)
    claimed = claims.claim(claims.waiting(), now=now, most=100, lanes=lanes, in_hand={example.pk})
    assert len(claimed) == 2 + len(others)
    assert {each.endpoint.pk for each in claimed} == {hanging.pk, *(to.pk for to in others)}
    claims.put_right(claims.waiting(), now=now)
    ended = [Result(claimed=each, at=now, answer=answer()) for each in claimed]
    results.write(ended, now=now)
    assert unbounded(explained) == []
    # The ends of each group alone are read, as many steps as there are groups.
    (search, *_) = [query for query in explained if "GROUP BY" in query.sql]
    assert "Using index for group-by" in search.steps[0].extra, search
