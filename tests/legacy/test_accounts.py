"""004 beyond its golden stories: how passwords and cookies are kept."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, identify_hasher
from django.core import signing
from django.db import DatabaseError
from django.urls import clear_script_prefix, set_script_prefix
from django.utils import timezone

from faceplatform.settings import base
from legacy import accounts
from legacy.models import LegacyAccount, LegacyLogin
from tests.legacy.caller import Caller, told

pytestmark = pytest.mark.django_db

ACCOUNT = {"fullname": "Ada Lovelace", "username": "lovelace", "password": "engine-1843"}
COOKIE = "X-LIVENESS-TOKEN"


@pytest.fixture
def signed_in(old: Caller) -> Caller:
    assert old.call("POST /auth/register", json_body=ACCOUNT).status_code == 201
    assert old.call("POST /auth/login", json_body=ACCOUNT).status_code == 200
    return old


def test_passwords_are_kept_by_argon2(old, settings):
    settings.PASSWORD_HASHERS = base.PASSWORD_HASHERS
    old.call("POST /auth/register", json_body=ACCOUNT)
    kept = LegacyAccount.objects.get().password
    assert identify_hasher(kept).algorithm == "argon2"
    assert old.call("POST /auth/login", json_body=ACCOUNT).status_code == 200


class CountingHasher(MD5PasswordHasher):
    """A hasher that counts the passwords it hashes."""

    hashed = 0

    def encode(self, password, salt):
        CountingHasher.hashed += 1
        return super().encode(password, salt)


def test_an_unknown_name_costs_the_hash_of_a_wrong_password(old, settings):
    """Otherwise the time of the answer would reveal the names that exist."""
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    old.call("POST /auth/register", json_body=ACCOUNT)
    costs = []
    for change in ({"password": "engine-1844"}, {"username": "nobody"}):
        before = CountingHasher.hashed
        assert old.call("POST /auth/login", json_body=ACCOUNT | change).status_code == 400
        costs.append(CountingHasher.hashed - before)
    assert costs == [1, 1]


def test_the_cookie_is_secure_unless_told_otherwise(signed_in, settings):
    assert base.FACEPLATFORM_LEGACY_COOKIE_SECURE is True
    settings.FACEPLATFORM_LEGACY_COOKIE_SECURE = True
    cookie = signed_in.call("POST /auth/login", json_body=ACCOUNT).cookies[COOKIE]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")


def test_the_cookie_belongs_to_the_path_of_the_product(signed_in):
    set_script_prefix("/faces/")
    try:
        login = signed_in.call("POST /auth/login", json_body=ACCOUNT)
        logout = signed_in.call("DELETE /auth/logout")
    finally:
        clear_script_prefix()
    assert login.cookies[COOKIE]["path"] == logout.cookies[COOKIE]["path"] == "/faces/"


def test_the_cookie_holds_no_name(signed_in):
    value = signed_in.http.cookies[COOKIE].value
    assert signing.loads(value, salt="legacy.accounts.login") == str(
        LegacyLogin.objects.get().public_id
    )


def test_an_expired_sign_in_is_over(signed_in):
    LegacyLogin.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert signed_in.call("GET /home").status_code == 401


def test_an_expired_signature_is_over(signed_in, settings):
    LegacyLogin.objects.update(expires_at=timezone.now() + timedelta(days=365))
    settings.FACEPLATFORM_LEGACY_LOGIN_HOURS = 0
    assert signed_in.call("GET /home").status_code == 401


def test_a_cookie_signed_by_another_key_is_nothing(signed_in):
    forged = signing.dumps(
        str(LegacyLogin.objects.get().public_id), key="another key", salt="legacy.accounts.login"
    )
    signed_in.http.cookies[COOKIE] = forged
    assert signed_in.call("GET /home").status_code == 401


def test_signing_out_of_one_place_leaves_the_other(signed_in):
    elsewhere = Caller()
    elsewhere.call("POST /auth/login", json_body=ACCOUNT)
    signed_in.call("DELETE /auth/logout")
    assert elsewhere.call("GET /home").status_code == 200


def test_deleting_the_account_ends_every_sign_in(signed_in):
    elsewhere = Caller()
    elsewhere.call("POST /auth/login", json_body=ACCOUNT)
    assert signed_in.call("DELETE /user/delete").status_code == 200
    assert elsewhere.call("GET /home").status_code == 401
    assert LegacyLogin.objects.count() == 0


def test_signing_in_forgets_what_has_expired(signed_in):
    LegacyLogin.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    signed_in.call("POST /auth/login", json_body=ACCOUNT)
    assert LegacyLogin.objects.count() == 1


FAILED = {"status_code": 400, "message": "Failed to delete user!"}


def test_an_account_that_is_gone_by_then(signed_in, monkeypatch):
    monkeypatch.setattr(accounts, "delete", lambda _: False)
    answer = signed_in.call("DELETE /user/delete")
    assert (answer.status_code, told(answer)) == (400, FAILED)


def test_an_account_the_database_keeps(signed_in, monkeypatch):
    def fail(_):
        raise DatabaseError

    monkeypatch.setattr(accounts, "delete", fail)
    answer = signed_in.call("DELETE /user/delete")
    assert (answer.status_code, told(answer)) == (400, FAILED)


def test_guessing_is_throttled_by_name(signed_in):
    wrong = ACCOUNT | {"password": "engine-1844"}
    answers = [signed_in.call("POST /auth/login", json_body=wrong) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [400] * 10 + [429]
    assert told(answers[-1])["status_code"] == 429
    assert signed_in.call("POST /auth/login", json_body=ACCOUNT).status_code == 429


def test_a_browser_gets_the_page_and_a_program_the_answer(old):
    page = old.call("GET /", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.status_code == 200
    assert page["Content-Type"].startswith("text/html")
    text = page.content.decode()
    for address in ("/api/schema/swagger-ui/", "/api/schema/redoc/", "/admin/"):
        assert f'href="{address}"' in text
    assert "Accept" in page["Vary"]
    for accept in ("*/*", "application/json", ""):
        answer = old.call("GET /", headers={"Accept": accept})
        assert told(answer) == {"status_code": 200, "message": "You found me!"}
        assert "Accept" in answer["Vary"]


def test_the_page_is_there_without_a_binding(db, settings):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {}
    assert Caller().call("GET /", headers={"Accept": "text/html"}).status_code == 200
