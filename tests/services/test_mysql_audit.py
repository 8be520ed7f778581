"""The audit log on MySQL or MariaDB: whole for threads and processes at once."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit import sealing
from audit.models import AuditChain, AuditEntry
from audit.stored import entries_of
from tests.audit.chains import entries, seal, verify, write
from tests.services.explaining import explain, unbounded
from tests.services.marks import services
from tests.services.released import at_once

pytestmark = [*services, pytest.mark.django_db(transaction=True)]
_THREADS, _PROCESSES, _EACH = 8, 2, 40


def in_processes(api, number: int, end: str) -> list[int]:
    arguments = (str(connection.settings_dict["NAME"]), str(api.client.pk), str(number), end)
    return at_once("tests.services.audit_process", [arguments] * _PROCESSES)


def test_threads_and_processes_write_and_seal_at_once(api):
    def run(number: int) -> None:
        try:
            for position in range(_EACH):
                write(api.client, 1)
                if position % 7 == number % 7:
                    sealing.seal(limit=5)
        finally:
            connection.close()

    with ThreadPoolExecutor(_THREADS + 1) as pool:
        processes = pool.submit(in_processes, api, _EACH, "finished")
        list(pool.map(run, range(_THREADS)))
        assert processes.result() == [_EACH] * _PROCESSES
    seal()
    assert verify().status == 0
    expected = 1 + (_THREADS + _PROCESSES) * _EACH  # with the credential that was issued
    assert [entry.sequence for entry in entries(api.client)] == list(range(1, expected + 1))


def test_processes_killed_before_their_entries_are_sealed(api):
    assert in_processes(api, 3, "killed") == [3, 3]
    unsealed = AuditEntry.objects.filter(sequence=None)
    assert unsealed.count() == 7
    assert "7 unsealed" in verify().said
    seal()
    assert not unsealed.exists()
    assert verify().status == 0


def test_a_writer_waits_for_no_sealer(api):
    """A sealer holds the chain while others insert: they would time out if they waited."""
    write(api.client, 3)
    holds, inserted = Event(), Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                seal()
                holds.set()
                assert inserted.wait(timeout=30)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        sealing_now = pool.submit(hold)
        assert holds.wait(timeout=30)
        write(api.client, 2)  # in this thread, while the other one holds the chain
        inserted.set()
        sealing_now.result()
    assert AuditEntry.objects.filter(client=api.client, sequence=None).count() == 2
    seal()
    assert verify().status == 0


def test_an_entry_that_is_committed_late_is_sealed_late(api):
    barrier, committed = Barrier(2, timeout=30), Event()

    def late() -> None:
        try:
            with transaction.atomic():
                write(api.client, 1)
                barrier.wait()
                assert committed.wait(timeout=30)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(late)
        barrier.wait()
        write(api.client, 1)
        seal()
        committed.set()
        first.result()
    seal()
    assert verify().status == 0
    keys = [entry.pk for entry in entries(api.client)]
    assert keys == [keys[0], keys[2] + 1, keys[2]]


@pytest.mark.parametrize("filters", ["", "action=user.created", "user_id=ada"])
def test_a_page_of_the_list_reads_an_index(api, filters):
    write(api.client, 2000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE TABLE audit_auditentry")
    with CaptureQueriesContext(connection) as captured:
        assert api.http.get(f"/api/core/audit-logs/?{filters}").status_code == 200
    (sql,) = [query["sql"] for query in captured if "FROM `audit_auditentry`" in query["sql"]]
    assert unbounded([explain(sql, None)]) == []


def test_a_page_of_a_chain_is_read_from_where_the_last_one_ended(api):
    write(api.client, 2000)
    seal()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE TABLE audit_auditentry")
    chain = AuditChain.objects.get(client=api.client)
    with CaptureQueriesContext(connection) as captured:
        assert len(list(entries_of(chain, after=chain.sequence - 5))) == 5
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN FORMAT=JSON {captured[0]['sql']}")
        plan = json.dumps(json.loads(cursor.fetchone()[0]))
    assert '"access_type": "range"' in plan
    assert "filesort" not in plan
