"""Calls without a valid token and to unknown URLs are limited; valid callers never notice."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from clients import tokens
from faceplatform.api.throttles import StrangerThrottle
from faceplatform.api.windows import SlidingWindow
from faceplatform.cache import Counted
from tests.legacy.caller import Caller
from tests.stage import anonymous, problem

pytestmark = pytest.mark.django_db
LIST, STATUS = "/api/auth/enrollments/", "/api/core/status/"
REFUSED = {
    "no token": ("GET", LIST, {}, 401),
    "no valid token": ("GET", LIST, {"HTTP_AUTHORIZATION": "Bearer x"}, 401),
    "no token at all": ("GET", LIST, {"HTTP_AUTHORIZATION": "x"}, 401),
    "an unknown session": (
        "POST",
        "/api/auth/process-image/",
        {"HTTP_X_SESSION_TOKEN": "enr_" + "x" * 43},
        401,
    ),
    "a refresh token": ("POST", "/api/core/auth/token/refresh/", {}, 401),
    "an unknown address": ("GET", "/nothing/", {}, 404),
    "an unknown address below /api/": ("POST", "/api/nothing", {}, 404),
    "the metrics": ("GET", "/metrics", {"HTTP_AUTHORIZATION": "Bearer x"}, 404),
    "an older API that is off": ("POST", "/api/enroll", {}, 404),
    "no format": ("GET", STATUS, {"HTTP_ACCEPT": "image/png"}, 406),
    "an unknown host": ("GET", STATUS, {"HTTP_HOST": "elsewhere.example"}, 400),
}
EACH = pytest.mark.parametrize("case", REFUSED)


@pytest.fixture(autouse=True)
def rate(monkeypatch):
    monkeypatch.setattr(StrangerThrottle, "THROTTLE_RATES", {"strangers": "3/min"})
    monkeypatch.setattr(StrangerThrottle, "timer", lambda self: 1_000_020.0)


def refuse(case: str, **extra):
    method, path, headers, _ = REFUSED[case]
    body, extra = '{"refresh": "x"}', {**headers, **extra}
    return anonymous().generic(method, path, body, "application/json", **extra)


def exhaust() -> None:
    for _ in range(3):
        assert anonymous().get("/nothing/").status_code == 404


@EACH
def test_the_fourth_in_a_minute_has_to_wait(case):
    for _ in range(3):
        assert refuse(case).status_code == REFUSED[case][3]
    answer = refuse(case)
    problem(answer, 429, "throttled")
    assert int(answer["Retry-After"]) > 0


@EACH
def test_all_of_them_count_together(case):
    exhaust()
    problem(refuse(case), 429, "throttled")


@EACH
def test_another_address_is_another_one(case):
    exhaust()
    assert refuse(case, REMOTE_ADDR="192.0.2.7").status_code == REFUSED[case][3]


def test_whoever_has_a_token_never_notices(api, stage):
    exhaust()
    for _ in range(5):
        assert api.http.get(STATUS).status_code == 200
    token = api.enrollment_token()
    assert api.post_frame(token, stage.frame()).status_code == 200
    for _ in range(5):  # the caller is known: counted like any call of the client
        problem(api.session("enr_" + "x" * 43), 404, "session_not_found")


def test_whoever_exchanges_credentials_never_notices(api):
    exhaust()
    body = {"api_key": api.issued.credential.api_key, "api_secret": api.issued.api_secret}
    assert anonymous().post("/api/core/auth/client/", body, format="json").status_code == 200


def test_health_never_notices():
    exhaust()
    assert anonymous().get("/api/core/health/").status_code == 200


def test_the_good_path_is_not_counted(api, stage, monkeypatch):
    token = api.enrollment_token()
    counted = []
    monkeypatch.setattr(
        StrangerThrottle, "instead_of", lambda self, exc, request: counted.append(exc) or exc
    )
    assert api.post_frame(token, stage.frame()).status_code == 200
    assert not counted


def expired(api) -> str:
    token = tokens.ClientAccessToken()
    token[tokens.CLAIM] = str(api.issued.credential.public_id)
    token.set_exp(lifetime=timedelta(minutes=-1))
    return f"Bearer {token}"


def test_a_token_of_ours_that_has_expired_is_told_so_whoever_shares_the_address(api):
    """Otherwise its client would not learn that it must renew it."""
    exhaust()
    header = expired(api)
    for _ in range(3):
        problem(anonymous().get(LIST, HTTP_AUTHORIZATION=header), 401, "authentication_failed")
    problem(anonymous().get(LIST, HTTP_AUTHORIZATION=header), 429, "throttled")
    other = expired(api)
    problem(anonymous().get(LIST, HTTP_AUTHORIZATION=other), 401, "authentication_failed")


def test_also_one_that_was_good_before(api, monkeypatch):
    assert api.http.get(STATUS).status_code == 200
    later = tokens.aware_utcnow() + timedelta(hours=1)
    monkeypatch.setattr(tokens, "aware_utcnow", lambda: later)
    exhaust()
    problem(api.http.get(STATUS), 401, "authentication_failed")


@EACH
def test_a_cache_that_cannot_answer_is_no_permission(case, monkeypatch):
    def away(self):
        raise OperationalError("no cache at 10.0.0.7")

    monkeypatch.setattr(SlidingWindow, "take", away)
    answer = refuse(case)
    assert answer.status_code == 503
    assert b"10.0.0.7" not in answer.content


def test_an_older_api_says_so_in_its_own_words(api, settings):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"000": api.client.name}
    settings.FACEPLATFORM_LEGACY_ANONYMOUS = frozenset()
    answers = [Caller().call("POST /api/enroll") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert answers[-1].json()["DecisionReason"] == "THROTTLED"
    assert answers[-1]["Retry-After"]


def test_what_an_older_api_did_not_find_is_an_answer(api, settings):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"003": api.client.name}
    settings.FACEPLATFORM_LEGACY_ANONYMOUS = frozenset({"003"})
    for _ in range(5):
        assert Caller().call("DELETE /register/", form={"id": "nobody"}).status_code == 404


class Crowd:
    """Counters of a cache while others are counted for a moment, and refused: see `take`."""

    def __init__(self, *counts: int) -> None:
        self._counts = iter(counts)

    def count_all(self, counters, amount):
        return [Counted(next(self._counts), 0)]


def test_a_refusal_among_simultaneous_ones_waits_a_second():
    """Once the others are gone again there is room, and no span before to wait for."""
    window = SlidingWindow(Crowd(4, 2), "key", limit=3, seconds=60, now=1_000_020.0)
    assert not window.take()
    assert window.wait() == 1
