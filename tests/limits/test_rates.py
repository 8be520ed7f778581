"""Calls and frames a minute, by client and by credential, and the headers about them."""

import re

import pytest
from rest_framework.test import APIClient

from clients import credentials, tokens
from faceplatform.api.throttles import CallerThrottle
from tests.stage import browser, limit, problem, upload

pytestmark = pytest.mark.django_db
LIST = "/api/auth/enrollments/"


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Stop the clock of the windows, 20 seconds into a minute."""
    now = [1_000_040.0]
    monkeypatch.setattr(CallerThrottle, "timer", lambda self: now[0])
    return now


def with_another_key(api) -> APIClient:
    access = tokens.issue_tokens(credentials.issue(api.client).credential)["access"]
    http = APIClient(raise_request_exception=False)
    http.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return http


def statuses(*calls) -> list[int]:
    return [call().status_code for call in calls]


def test_the_keys_of_a_client_share_its_limit(api, other):
    limit(api, calls_per_minute=3)
    another = with_another_key(api)
    assert statuses(*[lambda: api.http.get(LIST)] * 2, *[lambda: another.get(LIST)] * 2) == [
        *[200] * 3,
        429,
    ]
    assert other.http.get(LIST).status_code == 200
    refused = problem(api.http.get(LIST), 429, "throttled")
    assert re.fullmatch(r"Too many requests: wait \d+ s", refused["detail"])


def test_a_key_has_no_more_than_its_share(api):
    limit(api, calls_per_minute=3, credential_calls_per_minute=2)
    another = with_another_key(api)
    assert statuses(*[lambda: api.http.get(LIST)] * 3) == [200, 200, 429]
    # What was refused to one key is left for the other.
    assert statuses(*[lambda: another.get(LIST)] * 2) == [200, 429]


def test_frames_are_counted_apart(api, stage):
    limit(api, calls_per_minute=2, frames_per_minute=2)
    token = api.enrollment_token()
    frames = [lambda: api.post_frame(token, stage.frame())] * 3
    assert statuses(*frames) == [200, 200, 429]
    assert statuses(*[lambda: api.http.get(LIST)] * 2) == [200, 429]


def test_frames_of_browsers_count_for_their_client(api, stage):
    limit(api, frames_per_minute=3)
    token = api.enrollment_token()
    holder = browser(token)

    def post():
        body = {"image": upload(stage.frame())}
        return holder.post("/api/auth/sessions/current/frames/", body, format="multipart")

    assert statuses(post, lambda: api.post_frame(token, stage.frame()), post, post) == [
        *[200] * 3,
        429,
    ]
    refused = post()
    assert int(refused["Retry-After"]) > 0
    assert refused["RateLimit-Policy"] == '"session";q=100000;w=60'  # and nothing of the client's


def test_every_answer_tells_what_is_left(api, stage, clock):
    limit(api, calls_per_minute=4)
    answer = api.http.get(LIST)
    assert answer["RateLimit-Policy"] == '"calls";q=4;w=60'
    # 40 seconds of this minute are left. The call is out of the window a minute later.
    assert answer["RateLimit"] == '"calls";r=3;t=100'
    problem(api.open_authentication("nobody"), 404, "user_not_found")
    answer = problem_of(api, 404)
    assert answer["RateLimit"].startswith('"calls";r=1;')
    clock[0] += 40 + 30  # half of the next minute
    answer = api.http.get(LIST)
    assert answer["RateLimit"] == '"calls";r=1;t=10'


def problem_of(api, status: int):
    answer = api.open_authentication("nobody")
    assert answer.status_code == status
    return answer


def test_a_refusal_tells_when_to_come_back(api, clock):
    limit(api, calls_per_minute=2, credential_calls_per_minute=1)
    api.http.get(LIST)
    answer = api.http.get(LIST)
    problem(answer, 429, "throttled")
    assert answer["RateLimit-Policy"] == '"calls";q=2;w=60, "credential-calls";q=1;w=60'
    assert answer["Retry-After"] == "100"
    assert answer["RateLimit"] == '"calls";r=1;t=100, "credential-calls";r=0;t=100'
    clock[0] += 99
    assert api.http.get(LIST).status_code == 429
    clock[0] += 1
    assert api.http.get(LIST).status_code == 200


def test_strangers_are_told_of_no_policy(db):
    answer = browser("enr_" + "x" * 43).get(LIST)
    assert answer.status_code == 401
    assert "RateLimit" not in answer


def test_the_limits_are_those_of_the_tier(api, settings):
    tier = settings.FACEPLATFORM_TIERS["trial"]
    api.client.tier = "trial"
    api.client.save(update_fields=["tier"])
    assert api.http.get(LIST)["RateLimit-Policy"] == f'"calls";q={tier.calls_per_minute};w=60'
