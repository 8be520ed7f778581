"""Simultaneous attempts get no more tries than successive ones."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.cache import cache
from django.db import connection
from rest_framework.test import APIClient

from authentication.models import AuthenticationSession
from clients.models import AddressAttempts, UserAttempts
from tests.stage import upload

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 50
FREE = 5


@pytest.fixture
def together(one):
    """Run calls of the client in threads, all begun at the same moment; return the answers."""

    def run(*calls):
        barrier = Barrier(len(calls), timeout=60)

        def call(work):
            http = APIClient(raise_request_exception=False)
            http.credentials(**one.http._credentials)
            barrier.wait()
            try:
                return work(http)
            finally:
                cache.close()
                connection.close()

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(call, calls))

    return run


def attempt(frame: bytes, **user):
    """Return a call that opens an authentication and posts a frame; it returns the answer."""

    def run(http):
        opened = http.post("/api/auth/authentication/", {"session_type": "api", **user})
        if opened.status_code != 201:
            return opened.json()
        body = {"session_token": opened.json()["session_token"], "image": upload(frame)}
        return http.post("/api/auth/process-image/", body, format="multipart").json()

    return run


def posting(token: str, frame: bytes):
    def run(http):
        body = {"session_token": token, "image": upload(frame)}
        return http.post("/api/auth/process-image/", body, format="multipart").json()

    return run


def told(answers) -> list[dict]:
    """Return the answers that reveal a comparison."""
    return [answer for answer in answers if answer.get("similarity_score") is not None]


def test_verifications_opened_and_posted_at_once(one, stage, together):
    one.enroll(stage, "alice", frames=1)
    calls = [attempt(stage.frame("mallory"), user_id="alice") for _ in range(AT_ONCE)]
    answers = together(*calls)
    assert len(told(answers)) == FREE
    assert {a.get("code", a.get("reason")) for a in answers} <= {"no_match", "verification_delayed"}
    count = UserAttempts.objects.get()
    assert (count.failures, count.pending) == (FREE, 0)


def test_the_right_face_among_sessions_opened_before(one, stage, together):
    """All are open before the first frame. A match after the fifth failure is not told."""
    one.enroll(stage, "alice", frames=1)
    tokens = [one.authentication_token("alice") for _ in range(AT_ONCE)]
    together(*[posting(token, stage.frame("mallory")) for token in tokens[:-1]])
    (last,) = together(posting(tokens[-1], stage.frame("alice")))
    assert (last["reason"], last["matched_user"]) == ("verification_delayed", None)
    assert AuthenticationSession.objects.filter(is_attempt=True).count() == FREE


def test_identifications_from_one_address(one, stage, together):
    one.enroll(stage, "alice", frames=1)
    tokens = [one.authentication_token() for _ in range(AT_ONCE)]
    answers = together(*[posting(token, stage.frame("mallory")) for token in tokens])
    assert len(told(answers)) == FREE
    assert AddressAttempts.objects.get().failures == FREE
