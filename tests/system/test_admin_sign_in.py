"""The admin's sign-in: guesses are limited by address and name, and it expires soon."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client as Browser
from django.utils import timezone

from faceplatform.api.throttles import FailureThrottle

pytestmark = pytest.mark.django_db
PASSWORD = "a password for tests"
LIMITED = "Too many failed sign-ins"


@pytest.fixture(autouse=True)
def a_long_window(monkeypatch):
    """Set a span in which no room becomes free during a test."""
    monkeypatch.setattr(FailureThrottle, "rate", "10/day", raising=False)


@pytest.fixture(autouse=True)
def root(db):
    return User.objects.create_superuser("root", password=PASSWORD)


def sign_in(password: str, username: str = "root", **extra):
    form = {"username": username, "password": password}
    return Browser().post("/admin/login/?next=/admin/", form, **extra)


def test_the_right_password_signs_in(db):
    for _ in range(12):
        answer = sign_in(PASSWORD)
        assert (answer.status_code, answer["Location"]) == (302, "/admin/")


@pytest.mark.parametrize(
    "following", ["//evil.example/", "https://evil.example/", "", "javascript:1"]
)
def test_a_sign_in_leads_nowhere_else(following):
    form = {"username": "root", "password": PASSWORD, "next": following}
    answer = Browser().post(f"/admin/login/?{urlencode({'next': following})}", form)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")


def test_after_ten_failures_no_password_is_looked_at(monkeypatch):
    for _ in range(10):
        assert LIMITED not in sign_in("wrong").content.decode()
    looked_at = []
    monkeypatch.setattr(User, "check_password", lambda *_: looked_at.append(1))
    for password in ("wrong", PASSWORD):
        answer = sign_in(password)
        assert answer.status_code == 429
        assert int(answer["Retry-After"]) > 0
        assert answer["Content-Type"].startswith("text/html")
        assert LIMITED in answer.content.decode()
    assert not looked_at


def test_nobody_else_is_locked_out():
    User.objects.create_superuser("other", password=PASSWORD)
    for _ in range(11):
        sign_in("wrong")
    assert sign_in(PASSWORD, "other").status_code == 302
    assert sign_in(PASSWORD, REMOTE_ADDR="192.0.2.7").status_code == 302


@pytest.mark.parametrize("form", [{}, {"username": ""}, {"password": "x"}, {"username": "a\x00b"}])
def test_forms_that_are_none(form):
    assert Browser().post("/admin/login/", form).status_code == 200


def test_a_sign_in_ends_after_an_hour_or_with_the_browser():
    browser = Browser()
    form = {"username": "root", "password": PASSWORD}
    cookie = browser.post("/admin/login/?next=/admin/", form).cookies["sessionid"]
    assert cookie["httponly"]
    assert not cookie["max-age"]  # otherwise the browser would keep it
    assert not cookie["expires"]
    session = Session.objects.get()
    assert timedelta(minutes=59) < session.expire_date - timezone.now() <= timedelta(minutes=60)
    assert browser.get("/admin/").status_code == 200
    Session.objects.update(expire_date=timezone.now())
    assert browser.get("/admin/").status_code == 302


def test_using_the_admin_does_not_prolong_a_sign_in():
    browser = Browser()
    browser.force_login(User.objects.get())
    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=1))
    before = Session.objects.get().expire_date
    assert browser.get("/admin/system/adminaccount/").status_code == 200
    assert Session.objects.get().expire_date == before


@pytest.mark.django_db(transaction=True)
def test_the_upgrade_ends_the_sign_ins_of_before():
    browser = Browser()
    browser.force_login(User.objects.get())
    call_command("migrate", "system", "zero", verbosity=0)
    assert Session.objects.exists()
    call_command("migrate", "system", verbosity=0)
    assert browser.get("/admin/").status_code == 302
