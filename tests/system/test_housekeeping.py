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
    housekeeping.register("few removed", few.remove, in_passing=1)
    housekeeping.register("many removed", many.remove, in_passing=0)
    housekeeping.register("none removed", none.remove, in_passing=1)
    assert housekeeping.clean_up() == ["3 few removed", "1201 many removed", "0 none removed"]
    assert (few.left, many.left) == (0, 0)
    assert max(many.limits) <= 500


def test_without_a_scheduler_a_thread_goes_on_whatever_fails(registered):
    runs, third = [], Event()

    def run(*, limit: int) -> int:
        runs.append(limit)
        if len(runs) == 3:
            third.set()
        raise OperationalError("the database is away")

    housekeeping.register("removed", run, in_passing=0)
    stop = housekeeping.clean_up_regularly(seconds=0.01)
    try:
        assert third.wait(timeout=30)
    finally:
        stop.set()


def test_in_passing_each_removes_a_few(registered):
    some, scheduled = Rows(30), Rows(30)
    housekeeping.register("removed", some.remove, in_passing=7)
    housekeeping.register("removed", scheduled.remove, in_passing=0)
    housekeeping.clean_up_in_passing()
    assert (some.left, scheduled.left) == (23, 30)


def test_without_time_the_next_call_goes_on_with_the_next(registered, monkeypatch):
    monkeypatch.setattr(housekeeping, "_SECONDS_IN_PASSING", 0)
    both = [Rows(9), Rows(9)]
    for rows in both:
        housekeeping.register("removed", rows.remove, in_passing=1)
    for _ in range(4):
        housekeeping.clean_up_in_passing()
    assert [rows.left for rows in both] == [7, 7]


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


def test_an_opening_removes_kept_answers_of_a_day_ago(api, make_api):
    api.also_send(HTTP_IDEMPOTENCY_KEY="a")
    api.enrollment_token()
    IdempotentRequest.objects.update(created_at=timezone.now() - timedelta(hours=25))
    another = make_api("another")
    another.also_send(HTTP_IDEMPOTENCY_KEY="b")
    another.enrollment_token()
    assert IdempotentRequest.objects.get().client == another.client


def test_an_opening_removes_a_bounded_number_of_them(api):
    old = timezone.now() - timedelta(hours=25)
    IdempotentRequest.objects.bulk_create(
        IdempotentRequest(client=api.client, key_digest=str(number), created_at=old)
        for number in range(300)
    )
    api.enrollment_token()
    assert 100 <= IdempotentRequest.objects.count() < 300
    expire_sessions()
    assert not IdempotentRequest.objects.exists()


def test_expired_sign_ins_to_the_admin_are_removed():
    add_sign_ins(3, expires_in=timedelta(seconds=-1))
    add_sign_ins(2, expires_in=timedelta(minutes=1))
    expire_sessions()
    assert Session.objects.count() == 2


def test_an_opening_removes_some_of_them(api):
    add_sign_ins(300, expires_in=timedelta(seconds=-1))
    api.enrollment_token()
    assert 100 <= Session.objects.count() < 300


def test_where_a_scheduler_runs_an_opening_removes_nothing(api, settings):
    settings.FACEPLATFORM_SWEEP_IN_PASSING = False
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
