"""An unreachable or busy database in the admin: a page with 503, and one line in the log.

This holds for every URL of the admin, whichever statement fails.
"""

import logging
from contextlib import contextmanager
from itertools import count

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.db import IntegrityError, InterfaceError, OperationalError, connection
from django.test import Client as Browser

from clients.models import Client, Credential, Subject

pytestmark = pytest.mark.django_db(transaction=True)

ERRORS = {
    "deadlock": (OperationalError, 1213, "Deadlock found when trying to get lock"),
    "lock wait": (OperationalError, 1205, "Lock wait timeout exceeded"),
    "away": (OperationalError, 2006, "Server has gone away"),
    "broken": (InterfaceError, 0, ""),
    "deleted meanwhile": (IntegrityError, 1452, "a foreign key constraint fails"),
}
EACH = pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
ADDRESSES = ["", "login/", "password_change/", "clients/"] + [
    f"{model._meta.app_label}/{model._meta.model_name}/{page}"
    for model in site._registry
    for page in ("", "?q=a", "add/", "1/change/", "1/delete/", "1/history/")
]
_UNDOING = ("ROLLBACK", "RELEASE")


@contextmanager
def failing(error, *, after: int = 0):
    """Let every statement after the first few fail; yield those that failed."""
    kind, *told = error
    passed: list[str] = []
    failed: list[str] = []

    def execute(run, sql, *rest):
        if not sql.startswith(_UNDOING):
            if len(passed) == after:
                failed.append(sql)
                raise kind(*told)
            passed.append(sql)
        return run(sql, *rest)

    with connection.execute_wrapper(execute):
        yield failed


@pytest.fixture
def admin():
    browser = Browser(raise_request_exception=False)
    browser.force_login(User.objects.create_superuser("root", password="a password for tests"))
    return browser


@pytest.fixture
def unavailable(caplog):
    def require(answer) -> None:
        assert answer.status_code == 503
        assert answer["Content-Type"] == "text/html; charset=utf-8"
        assert answer["Retry-After"] == "2"
        text = answer.content.decode()
        assert "not available at the moment" in text
        assert answer["X-Request-ID"] in text
        assert not any(words in text for _, _, words in ERRORS.values() if words)
        lines = [record for record in caplog.records if record.levelno >= logging.ERROR]
        assert [line.exc_info for line in lines if "storage_unavailable" in line.message] == [None]
        shown = [line for line in lines if line.name != "django.request"]
        assert len(shown) == 1
        caplog.clear()

    return require


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_of_the_admin(admin, unavailable, address):
    with failing(ERRORS["away"]):
        unavailable(admin.get(f"/admin/{address}"))


def at_every_statement(send, error, unavailable, *, status: int = 302) -> None:
    """Send the request repeatedly, each time with one more statement before the failure.

    Stops when no statement is left to fail.
    """
    for after in count():
        with failing(error, after=after) as failed:
            answer = send()
        if not failed:
            assert after > 3
            assert answer.status_code == status, answer.content
            return
        unavailable(answer)


@EACH
def test_a_new_client(admin, unavailable, error):
    form = {"name": "acme", "tier": "standard", "time_zone": "UTC"}
    form |= {"credentials-TOTAL_FORMS": "0", "credentials-INITIAL_FORMS": "0"}
    page = "/admin/clients/client/add/"
    at_every_statement(lambda: admin.post(page, form), error, unavailable, status=200)
    assert Client.objects.count() == Credential.objects.count() == 1


@EACH
def test_a_user_erased(admin, unavailable, api, stage, error):
    api.enroll(stage, "alice")
    page = f"/admin/clients/subject/{Subject.objects.get().pk}/delete/"
    at_every_statement(lambda: admin.post(page, {"post": "yes"}), error, unavailable)
    assert not Subject.objects.exists()


@EACH
def test_an_action(admin, unavailable, api, error):
    form = {"action": "issue_credential", "_selected_action": [str(api.client.pk)]}
    page = "/admin/clients/client/"
    at_every_statement(lambda: admin.post(page, form), error, unavailable, status=200)
    assert Credential.objects.count() == 2


def test_signing_in(unavailable, db):
    User.objects.create_superuser("root", password="a password for tests")
    form = {"username": "root", "password": "a password for tests"}
    browser = Browser(raise_request_exception=False)
    at_every_statement(lambda: browser.post("/admin/login/", form), ERRORS["away"], unavailable)


def test_what_is_broken_is_told_with_its_traceback(admin, caplog, monkeypatch):
    def broken(*_):
        raise RuntimeError("a defect")

    monkeypatch.setattr(Client, "__str__", broken)
    Client.objects.create(name="acme")
    answer = admin.get(f"/admin/clients/client/{Client.objects.get().pk}/change/")
    assert answer.status_code == 500
    assert "a defect" not in answer.content.decode()
    assert [record.exc_info[1].args for record in caplog.records if record.exc_info] == [
        ("a defect",)
    ]
