"""An unreachable cache or database: 503, in each API's own shape, and no call is let through."""

import pytest
from django.db import InterfaceError, OperationalError
from redis.exceptions import ConnectionError as RedisIsAway
from rest_framework.throttling import SimpleRateThrottle

from clients import credentials
from clients.models import Client
from enrollment.models import EnrollmentSession
from faceplatform.api import idempotency
from faceplatform.cache import Counted
from faceplatform.sessions import pipeline
from tests.legacy.caller import Caller, told
from tests.legacy.conftest import DIALECTS
from tests.stage import anonymous, problem

pytestmark = pytest.mark.django_db
NOBODY_LISTENS = "redis://127.0.0.1:1/0"


@pytest.fixture
def no_cache(settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "faceplatform.cache.CountingRedisCache",
            "LOCATION": NOBODY_LISTENS,
        }
    }


def exchange(api, secret: str):
    body = {"api_key": api.issued.credential.api_key, "api_secret": secret}
    return anonymous().post("/api/core/auth/client/", body, format="json")


def unavailable(answer) -> None:
    problem(answer, 503, "storage_unavailable")
    assert answer["Retry-After"] == "2"
    assert b"127.0.0.1" not in answer.content


def test_without_a_cache_nobody_is_let_through_uncounted(api, stage, no_cache):
    unavailable(api.open_enrollment())
    assert not EnrollmentSession.objects.exists()


def test_without_a_cache_no_secret_is_looked_at(api, no_cache, monkeypatch):
    def check(**_):
        raise AssertionError("a guess that nobody counts")

    monkeypatch.setattr(credentials, "check", check)
    for secret in (api.issued.api_secret, "wrong"):
        unavailable(exchange(api, secret))


def test_a_failure_that_cannot_be_counted_is_told_like_any_other_outage(api, monkeypatch):
    """The cache fails between reading the counter and counting.

    The answer to a wrong secret is the same as if the cache had failed before.
    """

    class Half:
        def count_all(self, counters, amount):
            if amount and counters[0].key.startswith("throttle:credentials"):
                raise RedisIsAway
            return [Counted(1, 0)]

    monkeypatch.setattr(SimpleRateThrottle, "cache", Half())
    unavailable(exchange(api, "wrong"))


@pytest.mark.parametrize("error", [OperationalError(2006, "gone"), InterfaceError(0, "")])
def test_a_frame_that_cannot_be_written(api, stage, monkeypatch, error):
    token, frame = api.enrollment_token(), stage.frame()

    def gone(*_):
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "decide", gone)
        unavailable(api.post_frame(token, frame))
    assert api.post_frame(token, frame).json()["reason"] == "accepted"
    assert EnrollmentSession.objects.get().frames_received == 1


def test_an_answer_that_cannot_be_kept_is_given(api, stage, monkeypatch, caplog):
    """The session has been opened, so its caller needs the token."""

    def gone(*_):
        raise OperationalError(2006, "gone")

    monkeypatch.setattr(idempotency, "settle", gone)
    body = {"user_id": "alice", "session_type": "api"}
    answer = api.http.post("/api/auth/enrollment/", body, format="json", HTTP_IDEMPOTENCY_KEY="key")
    assert answer.status_code == 201
    assert "could not be kept" in caplog.text


TITLE = "The database or the cache is not available at the moment"


@pytest.mark.parametrize(
    ("do", "body"),
    [
        (
            "POST /api/enroll?username=ada",
            {
                "trained": "failed",
                "EnrollStatus": "REJECTED",
                "DecisionReason": "STORAGE_UNAVAILABLE",
            },
        ),
        ("POST /api/reset", {"code": 503, "msg": f"ERROR_DETECTED : {TITLE}"}),
        (
            "POST /api/verify/",
            {
                "status": False,
                "message": "La base de données n'est pas disponible pour le moment.",
            },
        ),
        ("GET /register/", {"error": TITLE}),
        ("POST /verify/", {"error": TITLE, "verified": False}),
        ("POST /auth/login", {"status_code": 503, "message": TITLE}),
        ("DELETE /user/delete", {"status_code": 503, "message": TITLE}),
    ],
)
@pytest.mark.parametrize("away", ["cache", "database"])
def test_each_older_api_says_so_in_its_own_words(api, settings, monkeypatch, do, body, away):
    settings.FACEPLATFORM_LEGACY_DIALECTS = dict.fromkeys(DIALECTS, api.client.name)
    settings.FACEPLATFORM_LEGACY_ANONYMOUS = frozenset(DIALECTS)
    if away == "cache":
        settings.CACHES = {
            "default": {
                "BACKEND": "faceplatform.cache.CountingRedisCache",
                "LOCATION": NOBODY_LISTENS,
            }
        }
    else:

        def gone(*_, **__):
            raise OperationalError(2006, "gone")

        monkeypatch.setattr(Client.objects, "filter", gone)
    answer = Caller().call(do)
    assert answer.status_code == 503
    assert told(answer) == body
    assert answer["Retry-After"] == "2"
