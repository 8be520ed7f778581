"""Lists of the admin, found by its registry, for a test that counts the rows they read."""

import re
from collections import defaultdict
from collections.abc import Iterator
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
from faceplatform.admin_lists import ClientFilter
from imports.models import ImportJob

# Accounts and roles of the operator's staff: a few dozen.
SMALL = {"system.AdminAccount", "system.AdminRole"}
MODELS = sorted(
    (model for model in admin.site._registry if model._meta.label not in SMALL),
    key=lambda model: model._meta.label,
)
ROWS = 2_000
# Of a page: 100 rows, what they refer to, and the count up to its limit. Less than a table has.
MOST_READ = 1_500
BOUNDED = (
    r"COUNT\(\*\) FROM \(SELECT",  # ends at its limit
    r"FROM `clients_client` ORDER BY .* LIMIT 50",  # clients to suggest, the first by name
    r"FROM `webhooks_endpoint` .*ORDER BY `webhooks_endpoint`.`id` DESC",  # a client has a few
)
_SEARCHED = ("user-0007", "user-", "198.51.", "msg_1_1", str(uuid4()))


@pytest.fixture(scope="module")
def many_rows(issued, django_db_blocker) -> Iterator[None]:
    """Many rows in tables that `filled` leaves small. They are flushed with its own."""
    with django_db_blocker.unblock():
        clients = list(Client.objects.order_by("pk")[:20])
        for model in _MANY:
            model.objects.bulk_create(
                model(client=clients[number % 20], **_fields(model, number))
                for number in range(ROWS)
            )
        with connection.cursor() as cursor:
            names = ", ".join(model._meta.db_table for model in MODELS)
            cursor.execute(f"ANALYZE TABLE {names}")
            cursor.fetchall()
        yield


_MANY: tuple[Any, ...] = (
    *(AuditEntry, AlertRecord, ErasureReceipt, ImportJob),
    *(SecurityEvent, AddressAttempts, SubjectGroup),
)


def _fields(model: Any, number: int) -> dict[str, Any]:
    now, address = timezone.now(), f"198.51.{number // 250}.{number % 250}"
    times = dict.fromkeys(("hour", "first_at", "last_at"), now)
    kind = {"kind": "unknown_id", "severity": "low", "count": 1, "key": str(number)}
    by_model: dict[Any, dict[str, Any]] = {
        AuditEntry: {"at": now, "action": "admin.listed", "actor_type": "staff"},
        AlertRecord: {"alert": "user_locked", "raised_at": now},
        ErasureReceipt: {"erased": "user", "trigger": "request", "erased_at": now},
        ImportJob: {"status": "completed", "finished_at": now},
        SecurityEvent: {"address": address, **times, **kind},
        AddressAttempts: {"address": address},
        SubjectGroup: {"name": f"group {number}"},
    }
    return by_model[model]


def rows_read() -> int:
    """Return the number of rows that the connection's statements have read so far."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read%'")
        return sum(int(number) for _, number in cursor.fetchall())


def address_of(model: Any) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def queries_of(model: Any, browser: Browser, client: Client) -> list[str]:
    """Return queries of a list: pages, searches, and its filters, alone and of one client. Of each
    filter there are two values, most often one of all rows and one of none."""
    page = browser.get(address_of(model)).content.decode()
    by_filter: dict[str, set[str]] = defaultdict(set)
    for query in re.findall(r'href="\?([^"#]+)"', page):
        by_filter[query.split("=")[0]].add(query.replace("&amp;", "&"))
    filters = [
        query
        for found in by_filter.values()
        for query in (min(found), max(found))
        if not query.startswith("p=")
    ]
    queries = ["", "p=2", "o=1", *filters, *(f"q={each}" for each in _SEARCHED)]
    if ClientFilter in admin.site._registry[model].list_filter:
        mine = f"client={client.public_id}"
        queries += [
            "client=no-such",
            mine,
            *(f"{mine}&{query}" for query in filters),
            f"{mine}&q=user-",
        ]
    return queries
