"""Registered clean-ups: the scheduler runs them in full, and each opening a little."""

from datetime import timedelta
from io import StringIO
from threading import Event

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from faceplatform import housekeeping
from faceplatform.api.models import IdempotentRequest
from faceplatform.sessions.tasks import expire_sessions

pytestmark = pytest.mark.django_db


class Rows:
    """A clean-up with this many rows left to remove."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.limits: list[int] = []

    def remove(self, *, limit: int) -> int:
        self.limits.append(limit)
        removed = min(limit, self.left)
        self.left -= removed
        return removed


@pytest.fixture
def registered(monkeypatch):
    monkeypatch.setattr(housekeeping, "_registered", [])


def test_each_runs_until_nothing_is_left(registered):
    few, many, none = Rows(3), Rows(1201), Rows(0)
    housekeeping.register("few removed", few.remove)
    housekeeping.register("many removed", many.remove)
    housekeeping.register("none removed", none.remove)
    assert housekeeping.clean_up() == ["3 few removed", "1201 many removed", "0 none removed"]
    assert (few.left, many.left) == (0, 0)
    assert max(many.limits) <= 500


def test_one_that_fails_keeps_no_other_from_its_turn(registered, caplog):
    def fail(*, limit: int) -> int:
        raise OperationalError("a row is locked")

    rows = Rows(3)
    housekeeping.register("locked removed", fail)
    housekeeping.register("rows removed", rows.remove)
    with pytest.raises(OperationalError):
        housekeeping.clean_up()
    assert rows.left == 0
    assert "locked removed: a row is locked" in caplog.text


def test_without_a_scheduler_a_thread_goes_on_whatever_fails(registered):
    runs, third = [], Event()

    def run(*, limit: int) -> int:
        runs.append(limit)
        if len(runs) == 3:
            third.set()
        raise OperationalError("the database is away")

    housekeeping.register("removed", run)
    stop = housekeeping.clean_up_regularly(seconds=0.01)
    try:
        assert third.wait(timeout=30)
    finally:
        stop.set()


def add_sign_ins(count: int, *, expires_in: timedelta) -> None:
    Session.objects.bulk_create(
        Session(
            session_key=f"{expires_in.total_seconds():.0f}-{number}",
            expire_date=timezone.now() + expires_in,
        )
        for number in range(count)
    )


def test_some_rows_are_deleted_and_counted():
    add_sign_ins(5, expires_in=timedelta(0))
    rows = Session.objects.order_by("expire_date")
    assert housekeeping.delete_some(rows, limit=3) == 3
    assert housekeeping.delete_some(rows, limit=3) == 2
    assert housekeeping.delete_some(rows, limit=3) == 0


def test_kept_answers_of_a_day_ago_are_removed(api, make_api):
    api.also_send(HTTP_IDEMPOTENCY_KEY="a")
    api.enrollment_token()
    IdempotentRequest.objects.update(created_at=timezone.now() - timedelta(hours=25))
    another = make_api("another")
    another.also_send(HTTP_IDEMPOTENCY_KEY="b")
    another.enrollment_token()
    expire_sessions()
    assert IdempotentRequest.objects.get().client == another.client


def test_expired_sign_ins_to_the_admin_are_removed():
    add_sign_ins(3, expires_in=timedelta(seconds=-1))
    add_sign_ins(2, expires_in=timedelta(minutes=1))
    expire_sessions()
    assert Session.objects.count() == 2


def test_an_opening_removes_nothing(api):
    add_sign_ins(3, expires_in=timedelta(seconds=-1))
    api.enrollment_token()
    assert Session.objects.count() == 3


def test_the_command_tells_all_of_it():
    add_sign_ins(3, expires_in=timedelta(seconds=-1))
    out = StringIO()
    call_command("expire_sessions", stdout=out)
    for line in ("0 sessions expired", "0 kept answers removed", "0 seen frames forgotten"):
        assert line in out.getvalue()
    assert "3 admin sign-ins removed" in out.getvalue()
