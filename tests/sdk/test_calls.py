"""Calls: tokens, keys, repetitions, errors."""

import httpx
import pytest

import faceplatform_sdk as sdk
from tests.sdk.scripted import BASE, KEY, NEVER, SECRET, access, ok, problem, sync_client


def keys(service):
    return [request.headers.get("Idempotency-Key") for request in service.seen]


def test_key_and_secret_are_exchanged_once(client, service):
    service.answers = [ok({"n": 1}), ok({"n": 2})]
    assert client.request("GET", "/api/a/") == {"n": 1}
    assert client.request("GET", "/api/b/", params={"q": "ü"}) == {"n": 2}
    assert service.exchanges == [("/api/core/auth/client/", {"api_key": KEY, "api_secret": SECRET})]
    assert service.bearers() == [access(1)] * 2
    assert str(service.seen[1].url) == f"{BASE}/api/b/?q=%C3%BC"


def test_tokens_are_refreshed_before_they_end(client, service):
    service.answers = [ok(), ok(), ok()]
    client.request("GET", "/api/")
    service.now += 800
    client.request("GET", "/api/")
    service.now += 11  # 811 seconds of 900: in the last tenth
    client.request("GET", "/api/")
    assert service.exchanges[1:] == [("/api/core/auth/token/refresh/", {"refresh": "refresh 1"})]
    assert service.bearers() == [access(1), access(1), access(2)]


@pytest.mark.parametrize(
    "failure",
    [problem(401, "token_invalid"), problem(503, "busy"), httpx.ReadTimeout("lost")],
    ids=["refused", "busy", "lost"],
)
def test_a_refresh_token_is_sent_once(client, service, failure):
    service.answers = [ok(), ok()]
    client.request("GET", "/api/")
    service.now += 900
    service.token_answers = [failure]
    client.request("GET", "/api/")
    assert [path for path, _ in service.exchanges] == [
        "/api/core/auth/client/",
        "/api/core/auth/token/refresh/",
        "/api/core/auth/client/",
    ]


def test_a_refused_token_is_exchanged_anew_and_the_call_made_again(client, service):
    service.answers = [problem(401, "token_invalid"), ok({"done": True})]
    assert client.request("POST", "/api/", json={}) == {"done": True}
    assert [path for path, _ in service.exchanges] == ["/api/core/auth/client/"] * 2
    assert service.bearers() == [access(1), access(2)]


def test_a_token_that_is_refused_twice_is_an_error(client, service):
    service.answers = [problem(401, "token_invalid")] * 2
    with pytest.raises(sdk.Unauthorized):
        client.request("GET", "/api/")
    assert len(service.seen) == 2


def test_wrong_credentials_are_an_error_at_once(client, service):
    service.token_answers = [problem(401, "authentication_failed")]
    with pytest.raises(sdk.Unauthorized) as caught:
        client.request("GET", "/api/")
    assert caught.value.code == "authentication_failed"
    assert len(service.exchanges) == 1
    assert not service.seen


def test_the_exchange_is_repeated_after_a_lost_answer(client, service):
    service.token_answers = [httpx.ReadTimeout("lost")]
    service.answers = [ok()]
    client.request("GET", "/api/")
    assert len(service.exchanges) == 2


def test_every_repetition_has_the_key_of_the_first_attempt(client, service):
    service.answers = [
        httpx.ReadError("lost"),
        problem(409, "idempotency_in_progress", retry_after=1),
        problem(503, "engine_busy", retry_after=2),
        httpx.Response(204),
    ]
    client.enrollments.remove("e-1")
    assert len(set(keys(service))) == 1
    assert len(keys(service)[0]) == 32
    assert service.slept[1:] == [1, 2]
    assert 0.25 <= service.slept[0] <= 0.5


def test_each_call_has_a_key_of_its_own(client, service):
    service.answers = [httpx.Response(204), httpx.Response(204)]
    client.enrollments.remove("e-1")
    client.enrollments.remove("e-1")
    assert len(set(keys(service))) == 2


def test_a_post_without_a_key_is_not_repeated_after_a_lost_answer(client, service):
    service.answers = [httpx.ReadTimeout("lost")]
    with pytest.raises(sdk.ConnectionFailed) as caught:
        client.request("POST", "/api/clients/credentials/", json={"name": "gate"})
    assert caught.value.was_sent
    assert len(service.seen) == 1


def test_a_post_without_a_key_is_repeated_if_it_was_never_sent(client, service):
    service.answers = [httpx.ConnectError("refused"), ok({"id": 1})]
    assert client.request("POST", "/api/clients/credentials/", json={}) == {"id": 1}


def test_the_frame_is_sent_again_whole(client, service):
    service.answers = [httpx.ReadError("lost"), problem(404, "session_not_found")]
    with pytest.raises(sdk.NotFound):
        client.sessions.send_frame("fst_token", b"\xff\xd8 picture", frame_number=7)
    first, second = service.seen
    assert b"\xff\xd8 picture" in first.content
    assert b'name="frame_number"\r\n\r\n7\r\n' in first.content
    assert first.content == second.content
    assert b'name="session_token"\r\n\r\nfst_token\r\n' in first.content
    assert "fst_token" not in str(first.url)


def test_the_bounds_of_repetition(service):
    service.answers = [problem(503, "engine_busy", retry_after=1)] * 9
    with sync_client(service, retry=NEVER) as never, pytest.raises(sdk.ServiceUnavailable):
        never.request("GET", "/api/")
    assert len(service.seen) == 1
    with sync_client(service) as few, pytest.raises(sdk.ServiceUnavailable):
        few.request("GET", "/api/")
    assert len(service.seen) == 1 + 4


def test_a_problem_is_an_exception_by_status_and_code(client, service):
    service.answers = [
        problem(
            400,
            "validation_failed",
            errors={"user_id": [{"code": "required", "message": "This field is required."}]},
        )
    ]
    with pytest.raises(sdk.BadRequest) as caught:
        client.request("POST", "/api/auth/enrollment/", json={})
    error = caught.value
    assert (error.status, error.code, error.detail) == (400, "validation_failed", "Detail")
    assert error.fields["user_id"][0].code == "required"
    assert error.request_id == "request-1"
    assert "This field is required" in str(error)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, sdk.BadRequest),
        (403, sdk.Forbidden),
        (404, sdk.NotFound),
        (409, sdk.Conflict),
        (410, sdk.Gone),
        (413, sdk.TooLarge),
        (418, sdk.ApiError),
        (422, sdk.Unprocessable),
        (423, sdk.Locked),
        (429, sdk.TooManyRequests),
        (500, sdk.ServerError),
        (502, sdk.ServerError),
        (503, sdk.ServiceUnavailable),
    ],
)
def test_the_class_of_each_status(service, status, kind):
    service.answers = [problem(status, "some_code", limit=5)]
    with sync_client(service, retry=NEVER) as client, pytest.raises(sdk.ApiError) as caught:
        client.request("GET", "/api/")
    assert type(caught.value) is kind
    assert caught.value.members["limit"] == 5


def test_the_answer_of_a_proxy(client, service):
    service.answers = [httpx.Response(413, text="<html>too large</html>")]
    with pytest.raises(sdk.TooLarge) as caught:
        client.request("GET", "/api/")
    assert caught.value.code == "http_413"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>sign in</html>"),
        httpx.Response(302, headers={"Location": "https://elsewhere.example.com/"}),
    ],
)
def test_an_answer_that_is_none_of_the_api(client, service, answer):
    service.answers = [answer]
    with pytest.raises(sdk.InvalidAnswer):
        client.request("GET", "/api/")
    assert len(service.seen) == 1


def test_a_model_that_does_not_fit_names_places_and_no_values(client, service):
    service.answers = [ok({"session_token": "fst_secret"})]
    with pytest.raises(sdk.InvalidAnswer) as caught:
        client.sessions.open_enrollment("alice")
    assert "enrollment_id" in str(caught.value)
    assert "fst_secret" not in str(caught.value)


def test_a_list_goes_on_with_the_cursor_on_the_same_service(client, service):
    elsewhere = "http://other.example.com/api/clients/groups/?cursor=cD0x&page_size=2"
    groups = [
        {"id": f"00000000-0000-4000-8000-00000000000{n}", "name": f"g{n}", "members": 0,
         "created_at": "2026-11-01T00:00:00Z"}
        for n in (1, 2)
    ]  # fmt: skip
    service.answers = [
        ok({"next": elsewhere, "previous": None, "results": groups[:1]}),
        ok({"next": None, "previous": None, "results": groups[1:]}),
    ]
    assert [group.name for group in client.groups.list()] == ["g1", "g2"]
    assert [str(request.url) for request in service.seen] == [
        f"{BASE}/api/clients/groups/",
        f"{BASE}/api/clients/groups/?cursor=cD0x",
    ]
