"""Deadlocks, locks that stay held, broken connections: provoked, on a real database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep
from uuid import uuid4

import pymysql
import pytest
from django.contrib.auth.models import User
from django.db import close_old_connections, connection
from django.test import Client as Browser

from clients import deletion
from clients.models import Client, Subject
from enrollment.models import EnrollmentSession, FaceTemplate
from faceplatform import transactions
from faceplatform.housekeeping import clean_up
from faceplatform.sessions import pipeline
from tests.services.marks import services
from tests.stage import problem

pytestmark = [*services, pytest.mark.django_db(transaction=True)]
_WAIT_SECONDS = 10
# Locks requested and not granted. (`innodb_trx`, which both have, cannot be read on MySQL while a
# statement with bytes in it waits.)
_MARIADB_WAITS = (
    "SELECT 1 FROM information_schema.innodb_lock_waits w JOIN information_schema.innodb_locks l "
    "ON l.lock_id = w.requested_lock_id "
    "WHERE l.lock_table = CONCAT('`', DATABASE(), '`.`', %s, '`')"
)
_MYSQL_WAITS = (
    "SELECT 1 FROM performance_schema.data_locks WHERE lock_status = 'WAITING' "
    "AND object_schema = DATABASE() AND object_name = %s"
)


class Other:
    """Another connection to the same database, with its own transaction."""

    def __init__(self) -> None:
        entry = connection.settings_dict
        self._connection = pymysql.connect(
            host=entry["HOST"],
            port=int(entry["PORT"]),
            user=entry["USER"],
            password=entry["PASSWORD"],
            database=entry["NAME"],
        )
        self._cursor = self._connection.cursor()

    def execute(self, sql: str, *values: object) -> list[tuple]:
        self._cursor.execute(sql, values)
        return list(self._cursor.fetchall())

    def hold(self, table: str, key: int) -> None:
        assert self.execute(f"SELECT id FROM {table} WHERE id = %s FOR UPDATE", key)  # noqa: S608

    def outweigh(self) -> None:
        """Write enough for the database to abort the other transaction in a deadlock."""
        rows = ", ".join(f"(0, {number}, 0)" for number in range(200))
        self.execute(
            "INSERT INTO enrollment_gallerychange (client_pk, sequence, template_pk) "  # noqa: S608
            f"VALUES {rows}"
        )

    def await_waiting(self, table: str) -> None:
        """Wait until a transaction waits for a lock on a row of that table."""
        waits = _MARIADB_WAITS if connection.display_name == "MariaDB" else _MYSQL_WAITS
        deadline = monotonic() + _WAIT_SECONDS
        while not self.execute(waits, table):
            assert monotonic() < deadline, f"nobody waits for {table}"
            sleep(0.2)  # asked more than ten times a second, MariaDB repeats its last answer

    def commit(self) -> None:
        self._connection.commit()

    def rollback(self) -> None:
        self._connection.rollback()

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def other(db) -> Iterator[Other]:
    other = Other()
    yield other
    other.close()


@pytest.fixture
def in_background():
    """A function that runs a call in a thread and returns a future."""
    with ThreadPoolExecutor(1) as pool:

        def run(call):
            def closing():
                try:
                    return call()
                finally:
                    connection.close()

            return pool.submit(closing)

        yield run


@pytest.fixture
def impatient(monkeypatch):
    """Let this thread's connection wait one second for a lock, and once."""
    monkeypatch.setattr(transactions, "_SECONDS", 0.5)
    with connection.cursor() as cursor:
        cursor.execute("SET innodb_lock_wait_timeout = 1")
    yield
    connection.close()


@pytest.fixture
def tries(monkeypatch):
    """The count of frames that each try arrives at."""
    seen: list[int] = []
    decide = pipeline.decide

    def counted(kind, session, *rest):
        seen.append(session.frames_received)
        return decide(kind, session, *rest)

    monkeypatch.setattr(pipeline, "decide", counted)
    return seen


def test_a_frame_that_lost_a_deadlock_is_decided_anew_and_counted_once(
    api, stage, other, in_background, tries, ended
):
    """The frame holds the session and waits for the user, the other transaction does the reverse,
    like the erasure of a user."""
    token = api.enrollment_token(target_samples=1)
    session = EnrollmentSession.objects.get()
    other.outweigh()
    other.hold("clients_subject", session.subject_id)
    frame = in_background(lambda: api.post_frame(token, stage.frame()))
    other.await_waiting("clients_subject")
    other.hold("enrollment_enrollmentsession", session.pk)  # the deadlock
    other.rollback()
    answer = frame.result(timeout=_WAIT_SECONDS)
    assert (answer.status_code, answer.json()["reason"]) == (200, "enrolled")
    assert tries == [1, 1]
    session.refresh_from_db()
    assert (session.frames_received, session.samples_collected) == (1, 1)
    assert FaceTemplate.objects.get().sample_count == 1
    assert [event.reason for event in ended] == ["enrolled"]
    assert api.verify(stage.frame())["result"] == "success"


def test_a_lock_that_comes_free_after_a_wait_in_vain(
    api, stage, other, impatient, tries, monkeypatch
):
    token = api.enrollment_token()
    session = EnrollmentSession.objects.get()
    monkeypatch.setattr(transactions, "_SECONDS", 5.0)
    monkeypatch.setattr(transactions, "sleep", lambda _: other.rollback())
    other.hold("enrollment_enrollmentsession", session.pk)
    assert api.post_frame(token, stage.frame()).json()["reason"] == "accepted"
    session.refresh_from_db()
    assert (session.frames_received, tries) == (1, [1])


def test_a_lock_that_stays_is_a_503_and_the_frame_can_come_again(api, stage, other, impatient):
    token, frame = api.enrollment_token(target_samples=1), stage.frame()
    session = EnrollmentSession.objects.get()
    other.hold("enrollment_enrollmentsession", session.pk)
    answer = api.post_frame(token, frame)
    problem(answer, 503, "storage_unavailable")
    assert answer["Retry-After"] == "2"
    session.refresh_from_db()
    assert (session.status, session.frames_received) == ("pending", 0)
    other.rollback()
    assert api.post_frame(token, frame).json()["reason"] == "enrolled"
    session.refresh_from_db()
    assert session.frames_received == 1


@pytest.mark.parametrize("key", [{}, {"HTTP_IDEMPOTENCY_KEY": "once"}], ids=["plain", "with a key"])
def test_a_connection_that_breaks_in_a_frame(api, stage, other, key):
    """As in a restart of the server. The answer for an idempotency key cannot be kept either."""
    token, frame = api.enrollment_token(target_samples=1), stage.frame()

    def cut() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT CONNECTION_ID()")
            (number,) = cursor.fetchone()
        other.execute(f"KILL CONNECTION {number}")

    stage.meanwhile = cut
    api.http.credentials(**api.http._credentials, **key)
    answer = api.post_frame(token, frame)
    problem(answer, 503, "storage_unavailable")
    assert answer["Retry-After"] == "2"
    # Django does this between two requests; its test client does not.
    close_old_connections()
    stage.meanwhile = lambda: None
    session = EnrollmentSession.objects.get()
    assert (session.status, session.frames_received) == ("pending", 0)
    api.http.credentials(HTTP_AUTHORIZATION=api.http._credentials["HTTP_AUTHORIZATION"])
    assert api.post_frame(token, frame).json()["reason"] == "enrolled"
    session.refresh_from_db()
    assert session.frames_received == 1


def test_a_database_that_answers_too_slowly(api, stage, other, monkeypatch):
    """`read_timeout` ends the wait: here after a second, for a row that is locked longer."""
    token, frame = api.enrollment_token(target_samples=1), stage.frame()
    session = EnrollmentSession.objects.get()
    other.hold("enrollment_enrollmentsession", session.pk)
    options = connection.settings_dict["OPTIONS"]
    assert 6 <= options["read_timeout"] <= 30
    connection.close()
    monkeypatch.setitem(options, "read_timeout", 1)
    problem(api.post_frame(token, frame), 503, "storage_unavailable")
    other.rollback()
    close_old_connections()
    assert api.post_frame(token, frame).json()["reason"] == "enrolled"
    connection.close()
    session.refresh_from_db()
    assert session.frames_received == 1


@pytest.fixture
def admin(db):
    browser = Browser(raise_request_exception=False)
    browser.force_login(User.objects.create_superuser("root", password="a password for tests"))
    return browser


def test_a_lock_that_stays_in_the_admin(admin, api, stage, other, impatient):
    api.enroll(stage, "alice")
    subject = Subject.objects.get()
    page = f"/admin/clients/subject/{subject.pk}/delete/"
    other.hold("clients_subject", subject.pk)
    answer = admin.post(page, {"post": "yes"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert FaceTemplate.objects.exists()
    other.rollback()
    assert admin.post(page, {"post": "yes"}).status_code == 302
    assert not Subject.objects.exists()


def test_a_deadlock_in_the_admin(admin, api, stage, other, in_background):
    api.enroll(stage, "alice")
    subject, template = Subject.objects.get(), FaceTemplate.objects.get()
    page = f"/admin/clients/subject/{subject.pk}/delete/"
    other.outweigh()
    other.hold("enrollment_facetemplate", template.pk)
    answer = in_background(lambda: admin.post(page, {"post": "yes"}))
    other.await_waiting("enrollment_facetemplate")
    other.hold("clients_subject", subject.pk)
    answer = answer.result(_WAIT_SECONDS)
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    other.rollback()
    assert admin.post(page, {"post": "yes"}).status_code == 302
    assert not FaceTemplate.objects.exists()


def test_a_client_gets_a_user_while_housekeeping_deletes_it(api, other, in_background):
    """The next step deletes it, and no reference is left dangling."""
    deletion.ask(api.client)
    other.hold("clients_credential", api.issued.credential.pk)
    deleted = in_background(lambda: deletion.delete_next(limit=500))
    other.execute(
        "INSERT INTO clients_subject (public_id, client_id, user_id, is_active, created_at, "
        "display_name, metadata, consent_text_version, consent_source) "
        "VALUES (%s, %s, 'bob', 1, NOW(), '', '{}', '', '')",
        str(uuid4()),
        api.client.pk,
    )
    other.commit()
    deleted.result(_WAIT_SECONDS)
    clean_up()
    assert not Subject.objects.exists()
    assert not Client.objects.exists()
