"""Every list of the admin over filled tables: the database reads few rows for a page, whatever is
filtered or searched. Lists are found by the registry: a new one is tried like the others."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from analytics.models import AlertRecord
from audit.models import AuditEntry, SecurityEvent
from clients.models import AddressAttempts, Client, ErasureReceipt, SubjectGroup
from faceplatform import admin_lists
from faceplatform.admin_lists import ClientFilter, LargeList
from imports.models import ImportJob
from tests.services.explaining import unbounded
from tests.services.marks import services

pytestmark = [*services, pytest.mark.django_db]
# Accounts and roles of the operator's staff: a few dozen.
SMALL = {"system.AdminAccount", "system.AdminRole"}
MODELS = sorted(
    (model for model in admin.site._registry if model._meta.label not in SMALL),
    key=lambda model: model._meta.label,
)
# A page has 100 rows, and the count stops at MOST_ROWS. A table has more rows than this.
MOST_READ = 1_500
ROWS = 2_000
# The count ends at a limit. The few values of a column, and clients to suggest, are read in order.
BOUNDED = (r"COUNT\(\*\) FROM \(SELECT", r"FROM `clients_client` ORDER BY .* LIMIT 50")


@pytest.fixture(scope="module")
def filled(issued, django_db_blocker):
    """Many rows in the tables that the other tests of this folder leave small."""
    now = timezone.now()
    with django_db_blocker.unblock():
        clients = list(Client.objects.order_by("pk")[:20])
        for model, fields in (
            (AuditEntry, {"at": now, "action": "admin.listed", "actor_type": "staff"}),
            (AlertRecord, {"alert": "user_locked", "raised_at": now}),
            (ErasureReceipt, {"erased": "user", "trigger": "request", "erased_at": now}),
            (ImportJob, {"status": "completed", "finished_at": now}),
        ):
            model.objects.bulk_create(model(client=clients[i % 20], **fields) for i in range(ROWS))
        SecurityEvent.objects.bulk_create(
            SecurityEvent(
                client=clients[i % 20],
                kind="unknown_id",
                severity="low",
                address=f"198.51.{i // 250}.{i % 250}",
                **{name: now for name in ("hour", "first_at", "last_at")},
                count=1,
                key=f"{i}",
            )
            for i in range(ROWS)
        )
        AddressAttempts.objects.bulk_create(
            AddressAttempts(client=clients[i % 20], address=f"198.51.{i // 250}.{i % 250}")
            for i in range(ROWS)
        )
        SubjectGroup.objects.bulk_create(
            SubjectGroup(client=clients[i % 20], name=f"group {i}") for i in range(ROWS)
        )
        with connection.cursor() as cursor:
            names = ", ".join(model._meta.db_table for model in MODELS)
            cursor.execute(f"ANALYZE TABLE {names}")
            cursor.fetchall()
    return issued


@pytest.fixture
def staff(filled, db, django_user_model, monkeypatch) -> Browser:
    monkeypatch.setattr(admin_lists, "MOST_ROWS", 300)
    browser = Browser()
    browser.force_login(django_user_model.objects.create_superuser("root", password="x"))
    return browser


def rows_read() -> int:
    """Return the number of rows that the session's statements have read so far."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read%'")
        return sum(int(number) for _, number in cursor.fetchall())


def pages(model: Any, browser: Browser, address: str, client: Client) -> list[str]:
    """Return the queries of a list: its pages, its searches, and every filter that it offers, alone
    and of one client."""
    searched = ["user-0007", "user-", "198.51.", "msg_1_1", str(uuid4()), str(client.public_id)]
    found = set(re.findall(r'href="\?([^"#]+)"', browser.get(address).content.decode()))
    filters = [query.replace("&amp;", "&") for query in found]
    queries = ["", "p=2", "o=1", "client=no-such", *filters, *(f"q={q}" for q in searched)]
    if ClientFilter in admin.site._registry[model].get_list_filter(None):  # type: ignore[arg-type]
        of_client = f"client={client.public_id}"
        queries += [of_client, *(f"{of_client}&{query}" for query in filters), f"{of_client}&q=u"]
    return queries


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_list_reads_few_rows(staff, filled, explained, model):
    assert issubclass(type(admin.site._registry[model]), LargeList)
    address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    faults = []
    for query in pages(model, staff, address, filled.credential.client):
        explained.clear()
        before = rows_read()
        status = staff.get(f"{address}?{query}").status_code
        number = rows_read() - before
        slow = unbounded(explained, allowed=BOUNDED)
        if status != 200 or number > MOST_READ or slow:
            faults.append(f"?{query}: {status}, {number} rows read, {slow}")
    assert faults == []


def test_a_list_that_reads_its_table_is_noticed(staff, explained):
    before = rows_read()
    late = timezone.now() + timedelta(days=1)
    assert not AuditEntry.objects.filter(at__gt=late).exists()
    assert rows_read() - before >= ROWS
