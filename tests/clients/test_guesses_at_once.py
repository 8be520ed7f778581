"""Simultaneous guesses, all started before any is counted, learn no more than successive ones."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.core.cache import cache
from django.db import connection

from clients import credentials
from faceplatform.api.throttles import FailureThrottle
from legacy import accounts
from legacy.models import LegacyLogin
from tests.legacy.caller import Caller
from tests.stage import anonymous

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 24
LIMIT = 10


@pytest.fixture(autouse=True)
def a_long_window(monkeypatch):
    """Set a span in which no room becomes free during a test."""
    monkeypatch.setattr(FailureThrottle, "rate", f"{LIMIT}/day", raising=False)


@pytest.fixture
def together(monkeypatch):
    """Run calls in threads.

    All pass the first check of the counters before any secret is checked. The secret ``last`` is
    checked after all other calls are answered.
    """

    def run(module, calls, *, secret: str, last: str | None = None):
        barrier, others_answered = Barrier(len(calls), timeout=60), Event()
        look = module.check

        def check(*args, **pair):
            barrier.wait()
            if pair[secret] == last:
                assert others_answered.wait(60)
            return look(*args, **pair)

        def answered(call):
            try:
                return call().status_code
            finally:
                cache.close()
                connection.close()

        monkeypatch.setattr(module, "check", check)
        with ThreadPoolExecutor(len(calls)) as pool:
            answers = [pool.submit(answered, call) for call in calls]
            told = [answer.result(60) for answer in (answers[:-1] if last else answers)]
            others_answered.set()
            return Counter(told), answers[-1].result(60)

    return run


def exchange(key: str, secret: str):
    body = {"api_key": key, "api_secret": secret}
    return lambda: anonymous().post("/api/core/auth/client/", body, format="json")


def test_wrong_secrets(api, together):
    key = api.issued.credential.api_key
    wrong = [exchange(key, f"guess {number}") for number in range(AT_ONCE)]
    told, _ = together(credentials, wrong, secret="api_secret")
    assert told == {401: LIMIT, 429: AT_ONCE - LIMIT}


def test_the_right_secret_among_wrong_ones_is_not_told(api, together):
    """Nor do its effects distinguish it from them."""
    credential, right = api.issued.credential, api.issued.api_secret
    calls = [exchange(credential.api_key, f"guess {number}") for number in range(AT_ONCE - 1)]
    calls.append(exchange(credential.api_key, right))
    told, last = together(credentials, calls, secret="api_secret", last=right)
    assert told == {401: LIMIT, 429: AT_ONCE - 1 - LIMIT}
    assert last == 429
    credential.refresh_from_db()
    assert credential.last_used_at is None


def test_right_secrets_do_not_stand_in_each_others_way(api, together):
    right = exchange(api.issued.credential.api_key, api.issued.api_secret)
    told, _ = together(credentials, [right] * AT_ONCE, secret="api_secret")
    assert told == {200: AT_ONCE}


def test_wrong_secrets_in_headers(api, settings, together):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"003": api.client.name}
    key = api.issued.credential.api_key
    wrong = [
        lambda: Caller(**{"X-API-Key": key, "X-API-Secret": "guess"}).call("GET /register/")
    ] * AT_ONCE
    told, _ = together(credentials, wrong, secret="api_secret")
    assert told == {401: LIMIT, 429: AT_ONCE - LIMIT}


def test_wrong_passwords_and_the_right_one_among_them(api, settings, together):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"004": api.client.name}
    settings.FACEPLATFORM_LEGACY_ANONYMOUS = frozenset({"004"})
    accounts.create(api.client, fullname="Ada Lovelace", username="lovelace", password="engine")

    def sign_in(password: str):
        pair = {"username": "lovelace", "password": password}
        return lambda: Caller().call("POST /auth/login", json_body=pair)

    calls = [sign_in(f"guess {number}") for number in range(AT_ONCE - 1)]
    told, last = together(accounts, [*calls, sign_in("engine")], secret="password", last="engine")
    assert told == {400: LIMIT, 429: AT_ONCE - 1 - LIMIT}
    assert last == 429
    assert not LegacyLogin.objects.exists()
