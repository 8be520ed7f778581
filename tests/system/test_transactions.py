"""Retries after conflicts in the database: their number, their time, and their exceptions."""

import sqlite3
from functools import partial

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from prometheus_client import REGISTRY

from clients.models import Client
from clients.services import get_or_create_group
from faceplatform import transactions
from faceplatform.transactions import retried

DEADLOCK = partial(OperationalError, 1213, "Deadlock found when trying to get lock")
LOCK_WAIT = partial(OperationalError, 1205, "Lock wait timeout exceeded")
ROW_WENT = partial(IntegrityError, 1452, "Cannot add or update a child row")


def sqlite(code: int) -> DatabaseError:
    error, error.__cause__ = OperationalError("database is locked"), sqlite3.OperationalError()
    error.__cause__.sqlite_errorcode = code
    return error


@pytest.fixture
def pauses(monkeypatch):
    taken: list[float] = []
    monkeypatch.setattr(transactions, "sleep", taken.append)
    return taken


class Work:
    """Work that fails with these errors in turn, then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.tries = 0

    def __call__(self) -> str:
        self.tries += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "conflict",
    [
        DEADLOCK(),
        LOCK_WAIT(),
        ROW_WENT(),
        sqlite(sqlite3.SQLITE_BUSY),
        sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT),
        sqlite(sqlite3.SQLITE_LOCKED),
    ],
    ids=["deadlock", "lock wait", "row went", "busy", "busy snapshot", "locked"],
)
def test_a_conflict_is_tried_again(pauses, conflict):
    work = Work(conflict, conflict)
    assert retried(work)() == "done"
    assert work.tries == 3
    assert len(pauses) == 2
    assert max(pauses) <= 0.04


@pytest.mark.django_db(transaction=True)
def test_each_further_try_is_counted_and_logged(pauses, caplog):
    caplog.set_level("INFO", logger="faceplatform.transactions")
    before = REGISTRY.get_sample_value("faceplatform_database_conflicts_total")
    retried(Work(DEADLOCK(), LOCK_WAIT()))()
    assert REGISTRY.get_sample_value("faceplatform_database_conflicts_total") == before + 2
    assert [record.args[0].args[0] for record in caplog.records] == [1213, 1205]


@pytest.mark.django_db(transaction=True)
def test_five_times_at_most(pauses):
    work = Work(*(DEADLOCK() for _ in range(9)))
    with pytest.raises(OperationalError):
        retried(work)()
    assert work.tries == 5
    assert sum(pauses) < 0.5


@pytest.mark.django_db(transaction=True)
def test_no_try_begins_after_five_seconds(pauses, monkeypatch):
    clock = iter([0.0, 3.0, 6.0])
    monkeypatch.setattr(transactions, "monotonic", lambda: next(clock))
    work = Work(*(LOCK_WAIT() for _ in range(9)))
    with pytest.raises(OperationalError):
        retried(work)()
    assert work.tries == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "error",
    [
        OperationalError(2006, "Server has gone away"),
        OperationalError(2013, "Lost connection to server during query"),
        IntegrityError(1062, "Duplicate entry"),
        sqlite(sqlite3.SQLITE_FULL),
        DatabaseError(),
        ValueError(1213),
    ],
    ids=["gone", "lost", "duplicate", "full", "bare", "of another kind"],
)
def test_anything_else_is_not(pauses, error):
    work = Work(error)
    with pytest.raises(type(error)):
        retried(work)()
    assert work.tries == 1


@pytest.mark.django_db(transaction=True)
def test_within_a_transaction_a_conflict_is_left_to_that_one(pauses):
    work = Work(DEADLOCK())
    outer = retried(transaction.atomic(retried(work)))
    assert outer() == "done"
    assert work.tries == 2
    assert len(pauses) == 1


@pytest.mark.django_db(transaction=True)
def test_within_retried_work_a_conflict_is_left_to_that(pauses):
    """Tries of tries would be 25."""
    work = Work(*(DEADLOCK() for _ in range(30)))
    with pytest.raises(OperationalError):
        retried(retried(work))()
    assert work.tries == 5
    assert len(pauses) == 4


@pytest.mark.django_db(transaction=True)
def test_what_a_broken_off_try_wrote_is_undone(pauses):
    conflicts = [DEADLOCK()]

    @retried
    @transaction.atomic
    def write() -> None:
        Client.objects.create(name="once")
        if conflicts:
            raise conflicts.pop()

    write()
    assert Client.objects.filter(name="once").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's lock")
def test_a_locked_sqlite(monkeypatch):
    """The other writer releases its lock after the first try."""
    client = Client.objects.create(name="acme")
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout=0")
    monkeypatch.setattr(transactions, "sleep", lambda _: other.rollback())
    try:
        assert get_or_create_group(client, "staff").name == "staff"
    finally:
        other.close()
        connection.close()
