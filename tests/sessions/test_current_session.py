"""GET and DELETE /api/auth/sessions/current/: the token in a header, not an address."""

import pytest

from tests.stage import browser, problem

pytestmark = pytest.mark.django_db
URL = "/api/auth/sessions/current/"


@pytest.mark.parametrize("kind", ["enrollment_token", "authentication_token"])
def test_the_same_as_by_the_address(api, stage, kind):
    token = getattr(api, kind)()
    api.post_frame(token, stage.frame())
    answer = api.http.get(URL, HTTP_X_SESSION_TOKEN=token)
    assert answer.status_code == 200
    assert answer.json() == api.session(token).json()
    assert answer.json()["frames_received"] == 1


@pytest.mark.parametrize("kind", ["enrollment_token", "authentication_token"])
def test_it_is_cancelled(api, stage, kind, ended):
    token = getattr(api, kind)()
    answer = api.http.delete(URL, HTTP_X_SESSION_TOKEN=token)
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert answer.json() == api.session(token).json()
    problem(api.post_frame(token, stage.frame()), 409, "session_finished")
    problem(api.http.delete(URL, HTTP_X_SESSION_TOKEN=token), 409, "session_finished")
    assert [event.status for event in ended] == ["cancelled"]


@pytest.mark.parametrize("method", ["get", "delete"])
def test_without_the_header(api, stage, method):
    for headers in ({}, {"HTTP_X_SESSION_TOKEN": ""}):
        body = problem(getattr(api.http, method)(URL, **headers), 400, "validation_failed")
        assert body["errors"]["X-Session-Token"][0]["code"] == "required"


@pytest.mark.parametrize("method", ["get", "delete"])
def test_the_sessions_token_alone_gives_no_right(api, stage, method):
    token = api.enrollment_token()
    problem(getattr(browser(token), method)(URL), 401, "not_authenticated")
    assert api.session(token).json()["status"] == "pending"


@pytest.mark.parametrize("method", ["get", "delete"])
def test_foreign_unknown_and_malformed_are_one(api, other, stage, method):
    theirs = other.enrollment_token()
    for token in (theirs, "enr_" + "x" * 43, "zzz", "current", "x" * 5000):
        answer = getattr(api.http, method)(URL, HTTP_X_SESSION_TOKEN=token)
        problem(answer, 404, "session_not_found")
    assert other.session(theirs).json()["status"] == "pending"
