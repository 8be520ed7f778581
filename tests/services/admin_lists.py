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
from clients.models import AddressAttempts, Client, ErasureReceipt, Subject, SubjectGroup
from faceplatform.admin_lists import ClientFilter
from imports.models import ImportJob
from legacy.models import GalleryMember
from tests.services.explaining import Explained, unbounded

# Accounts and roles of the operator's staff: a few dozen.
_SMALL = {"system.AdminAccount", "system.AdminRole"}
MODELS = sorted(
    (model for model in admin.site._registry if model._meta.label not in _SMALL),
    key=lambda model: model._meta.label,
)
ROWS = 2_000
# A smaller table is read and sorted, even where an index has the order of its names or times: so
# does MariaDB with 20,000 security events for the second page.
_ROWS_BY_INDEX = {AddressAttempts: 6_000, SecurityEvent: 60_000}
# Of a page: 100 rows, what they refer to, and the count up to its limit. Less than a table has.
_MOST_READ = 1_500
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
                for number in range(_ROWS_BY_INDEX.get(model, ROWS))
            )
        groups = {group.client_id: group for group in SubjectGroup.objects.order_by("-pk")}
        GalleryMember.objects.bulk_create(
            GalleryMember(group=groups[user.client_id], username=user.user_id, subject=user)
            for user in Subject.objects.filter(gallery_member=None)
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


def faults_of(
    model: Any, browser: Browser, client: Client, explained: list[Explained]
) -> list[str]:
    """Return the queries of a list that fail, or read more than a page needs."""
    faults = []
    for query in _queries_of(model, browser, client):
        explained.clear()
        before = rows_read()
        status = browser.get(f"{_address_of(model)}?{query}").status_code
        number = rows_read() - before
        slow = unbounded(explained, allowed=BOUNDED)
        if status != 200 or number > _MOST_READ or slow:
            faults.append(f"?{query}: {status}, {number} rows read, {slow}")
    return faults


def _address_of(model: Any) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def _queries_of(model: Any, browser: Browser, client: Client) -> list[str]:
    """Return queries of a list: pages, searches, and its filters, alone and with a client.

    Of each filter there are two values, most often one of all rows and one of none.
    """
    page = browser.get(_address_of(model)).content.decode()
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
        of_mine = [f"{mine}&{query}" for query in filters[1::2]]
        queries += ["client=no-such", mine, *of_mine, f"{mine}&q=user-"]
    return queries
