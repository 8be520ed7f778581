"""The admin's index page on MariaDB or MySQL: each panel reads few rows, along an index."""

from datetime import timedelta
from itertools import product

import pytest
from django.db import connection
from django.utils import timezone

from analytics import hours
from analytics.models import AlertRecord, HourTotal, Outcome, SessionFact, SessionType
from authentication.models import AuthenticationSession
from enrollment.models import EnrollmentSession
from imports.models import ImportJob, JobStatus
from tests.analytics.histories import fact
from tests.services.admin_lists import BOUNDED
from tests.services.explaining import Explained, tables_of, unbounded
from tests.services.marks import services
from webhooks.models import Endpoint

pytestmark = [*services, pytest.mark.django_db]
_GROUPS = len(SessionType) * len(Outcome)
_MANY = 600


@pytest.fixture
def filled(issued):
    """Eight days of totals, and many rows that the page does not show beside a few that it does."""
    now, client = timezone.now(), issued.credential.client
    HourTotal.objects.bulk_create(
        HourTotal(
            hour=hours.hour_of(now - timedelta(hours=back)),
            session_type=session_type,
            outcome=outcome,
            sessions=1,
        )
        for back, session_type, outcome in product(range(8 * 24), SessionType, Outcome)
    )
    SessionFact.objects.bulk_create(
        fact(client, is_counted=place > 5, ended_at=now) for place in range(_MANY)
    )
    AlertRecord.objects.bulk_create(
        AlertRecord(client=client, alert="user_locked", raised_at=now, is_resolved=place > 5)
        for place in range(_MANY)
    )
    ImportJob.objects.bulk_create(
        ImportJob(client=client, status=JobStatus.RUNNING if place < 5 else JobStatus.COMPLETED)
        for place in range(_MANY)
    )
    Endpoint.objects.bulk_create(
        Endpoint(
            client=client,
            name=f"e{place}",
            url="https://example.com/",
            failing_since=now if place < 5 else None,
        )
        for place in range(_MANY)
    )
    tables = (HourTotal, SessionFact, AlertRecord, ImportJob, Endpoint)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE TABLE {', '.join(model._meta.db_table for model in tables)}")
        cursor.fetchall()


def test_the_index_page(filled, admin_client, explained: list[Explained]):
    page = admin_client.get("/admin/").content.decode()
    assert "Open alerts: 6" in page
    assert "Failing endpoints: 5" in page
    read = {table for table in tables_of(explained) if table.startswith("analytics_")}
    assert read == {"analytics_hourtotal", "analytics_sessionfact", "analytics_alertrecord"}
    totals = [
        step for query in explained for step in query.steps if step.table == "analytics_hourtotal"
    ]
    assert len(totals) == 2  # of today, and of the last 24 hours
    for step in totals:
        assert step.kind == "range"
        assert step.rows <= 25 * _GROUPS
    assert unbounded(explained, allowed=("analytics_hourtotal",)) == []


@pytest.mark.parametrize("model", [EnrollmentSession, AuthenticationSession])
def test_sessions_of_an_outcome(issued, admin_client, explained: list[Explained], model):
    options = model._meta
    address = f"/admin/{options.app_label}/{options.model_name}/"
    for outcome in ("open", "success", "failure", "given-up"):
        assert admin_client.get(address, {"outcome": outcome}).status_code == 200
    assert unbounded(explained, allowed=BOUNDED) == []
