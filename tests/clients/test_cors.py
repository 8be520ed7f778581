"""Pages of other origins: they post frames with a session's token, and nothing else."""

import re

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from clients import origins
from clients.models import AllowedOrigin
from faceplatform.api.throttles import StrangerThrottle
from faceplatform.sessions.authentication import SessionTokenAuthentication
from tests.stage import anonymous, browser, problem, upload

pytestmark = pytest.mark.django_db

PAGE = "https://shop.example.com"
FRAMES = "/api/auth/sessions/current/frames/"
SESSION_CALLS = ("/api/auth/process-image/", FRAMES)
# Calls of the capture page, which is served from here: no page of another origin makes them.
OWN_PAGES_CALLS = ("/api/capture/handover/", "/api/capture/cancel/", "/api/capture/retry/")


def allow(api, *origins):
    api.client.allowed_origins = list(origins)
    api.client.full_clean()
    api.client.save(update_fields=["allowed_origins"])


def preflight(address=FRAMES, origin=PAGE):
    return anonymous().options(
        address,
        HTTP_ORIGIN=origin,
        HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST",
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS="x-session-token",
    )


def post(token, image, address=FRAMES, **headers):
    return browser(token).post(address, {"image": upload(image)}, format="multipart", **headers)


@pytest.fixture
def session(api):
    return api.enrollment_token()


@pytest.mark.parametrize("address", SESSION_CALLS)
def test_a_preflight_of_an_allowed_page(api, address):
    allow(api, PAGE)
    answer = preflight(address)
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == PAGE
    assert answer["Access-Control-Allow-Methods"] == "POST"
    allowed = set(answer["Access-Control-Allow-Headers"].split(", "))
    assert allowed == {"content-type", "x-session-token", "idempotency-key", "x-request-id"}
    assert "Access-Control-Allow-Credentials" not in answer
    assert answer["Vary"].lower() == "origin"


@pytest.mark.parametrize("address", SESSION_CALLS)
def test_it_is_off_by_default(api, address):
    assert "Access-Control-Allow-Origin" not in preflight(address)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "*",
        "http://shop.example.com",
        "https://shop.example.com:8443",
        "https://shop.example.com.evil.example",
        "https://SHOP.example.com",
        "https://shop.example.com/",
        "https://" + "a" * 4000,
        "",
        "\xff",
    ],
)
def test_origins_are_compared_exactly(api, origin):
    allow(api, PAGE)
    assert "Access-Control-Allow-Origin" not in preflight(origin=origin)


def test_an_empty_form_field_allows_nothing(api):
    api.client.allowed_origins = None
    api.client.full_clean()
    assert api.client.allowed_origins == []


def test_an_inactive_client_allows_nothing(api):
    allow(api, PAGE)
    api.client.is_active = False
    api.client.save(update_fields=["is_active"])
    assert "Access-Control-Allow-Origin" not in preflight()


def test_an_origin_that_is_withdrawn(api):
    allow(api, PAGE, "https://other.example.com")
    allow(api, "https://other.example.com")
    assert "Access-Control-Allow-Origin" not in preflight()
    assert [row.origin for row in AllowedOrigin.objects.all()] == ["https://other.example.com"]


@pytest.mark.parametrize("address", SESSION_CALLS)
def test_a_frame_of_an_allowed_page(api, stage, session, address):
    allow(api, PAGE)
    answer = post(session, stage.frame(), address, HTTP_ORIGIN=PAGE)
    assert answer.json()["frame_accepted"] is True
    assert answer["Access-Control-Allow-Origin"] == PAGE
    exposed = answer["Access-Control-Expose-Headers"].split(", ")
    assert {"Retry-After", "X-Request-ID", "RateLimit", "RateLimit-Policy"} <= set(exposed)
    assert "origin" in answer["Vary"].lower()


def test_another_clients_page_posts_nothing(api, other, stage, session):
    """The preflight is answered, as it does not say whose session it is for."""
    allow(other, PAGE)
    assert preflight()["Access-Control-Allow-Origin"] == PAGE
    answer = post(session, stage.frame(), HTTP_ORIGIN=PAGE)
    problem(answer, 403, "origin_not_allowed")
    assert "Access-Control-Allow-Origin" not in answer
    assert api.session(session).json()["frames_received"] == 0


@pytest.mark.parametrize("origin", ["null", "https://evil.example"])
def test_a_foreign_page_posts_nothing(api, stage, session, origin):
    allow(api, PAGE)
    problem(post(session, stage.frame(), HTTP_ORIGIN=origin), 403, "origin_not_allowed")
    assert api.session(session).json()["frames_received"] == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},  # an app
        {"HTTP_ORIGIN": "http://testserver"},
        # Behind a proxy that changes the host.
        {"HTTP_ORIGIN": "https://faces.example.com", "HTTP_SEC_FETCH_SITE": "same-origin"},
    ],
)
def test_apps_and_our_own_pages_need_no_entry(api, stage, session, headers):
    answer = post(session, stage.frame(), **headers)
    assert answer.json()["frame_accepted"] is True
    assert "Access-Control-Allow-Origin" not in answer


def test_an_allowed_page_reads_refusals(api, session):
    allow(api, PAGE)
    unknown = post("enr_" + "x" * 43, b"", HTTP_ORIGIN=PAGE)
    problem(unknown, 401, "authentication_failed")
    malformed = post(session, b"", HTTP_ORIGIN=PAGE)
    assert malformed.status_code == 400
    for answer in (unknown, malformed):
        assert answer["Access-Control-Allow-Origin"] == PAGE


@pytest.mark.parametrize("address", ["/api/core/status/", "/api/auth/enrollment/", "/metrics", "/"])
def test_no_other_call_answers_pages(api, address):
    allow(api, PAGE)
    answers = [preflight(address), api.http.get(address, HTTP_ORIGIN=PAGE)]
    assert not any("Access-Control-Allow-Origin" in answer for answer in answers)


def test_the_clients_token_is_refused_from_a_page(api, stage, session):
    allow(api, PAGE)
    body = problem(
        api.http.get("/api/core/status/", HTTP_ORIGIN=PAGE), 403, "token_not_for_browsers"
    )
    assert "backend" in body["detail"]
    image = {"session_token": session, "image": upload(stage.frame())}
    frame = api.http.post(SESSION_CALLS[0], image, format="multipart", HTTP_ORIGIN=PAGE)
    problem(frame, 403, "token_not_for_browsers")
    both = post(session, stage.frame(), HTTP_ORIGIN=PAGE, HTTP_AUTHORIZATION=api.authorization)
    problem(both, 403, "token_not_for_browsers")
    assert api.session(session).json()["frames_received"] == 0


@pytest.mark.parametrize("site", ["same-origin", None])
def test_our_own_pages_use_it(api, site):
    """Swagger UI does."""
    headers = {"HTTP_ORIGIN": "http://testserver"} | ({"HTTP_SEC_FETCH_SITE": site} if site else {})
    assert api.http.get("/api/core/status/", **headers).status_code == 200


def test_a_page_gets_no_token(api):
    given = {
        "api_key": api.issued.credential.api_key,
        "api_secret": api.issued.api_secret,
    }
    exchange = anonymous().post("/api/core/auth/client/", given, HTTP_ORIGIN="https://evil.example")
    problem(exchange, 403, "token_not_for_browsers")
    refresh = anonymous().post("/api/core/auth/token/refresh/", {}, HTTP_ORIGIN="null")
    problem(refresh, 403, "token_not_for_browsers")


def test_refused_pages_are_limited_like_strangers(stage, session, monkeypatch):
    monkeypatch.setattr(StrangerThrottle, "THROTTLE_RATES", {"strangers": "2/min"})
    answers = [post(session, stage.frame(), HTTP_ORIGIN=PAGE).status_code for _ in range(3)]
    assert answers == [403, 403, 429]


def test_a_page_costs_a_frame_no_statement(api, stage):
    allow(api, PAGE)
    session = api.enrollment_token("bob", target_samples=10)

    def statements(**headers):
        image = stage.frame()
        with CaptureQueriesContext(connection) as queries:
            assert post(session, image, **headers).json()["frame_accepted"]
        return [query["sql"].split()[0] for query in queries]

    statements()  # the first compiles them
    assert statements(HTTP_ORIGIN=PAGE) == statements()


def test_the_setting_names_the_calls_that_take_a_sessions_token():
    """If another view takes one, a page must be able to call it, or only our own may."""
    taking = set()

    def walk(patterns, before):
        for pattern in patterns:
            address = before + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                walk(pattern.url_patterns, address)
            elif SessionTokenAuthentication in getattr(
                getattr(pattern.callback, "cls", None), "authentication_classes", ()
            ):
                taking.add("/" + address)

    walk(get_resolver().url_patterns, "")
    assert taking == {*SESSION_CALLS, *OWN_PAGES_CALLS}
    answered = {each for each in taking if re.match(django_settings.CORS_URLS_REGEX, each)}
    assert answered == set(SESSION_CALLS)


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.example.com",
        "https://shop.example.com:8443",
        "https://xn--bcher-kva.example",
        "https://10.0.0.7",
        "https://[2001:db8::1]:8443",
        "http://localhost:3000",
        "http://127.0.0.1",
        "http://[::1]:8000",
    ],
)
def test_origins(origin):
    assert origins.is_normal(origin)


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "",
        "https://*.example.com",
        "https://Shop.example.com",
        "https://b\u00fccher.example",
        "https://shop.example.com/",
        "https://shop.example.com:443",
        "https://shop.example.com:0",
        "http://shop.example.com",
        "http://localhost:80",
        "http://localhost.evil.example",
        "https://user@shop.example.com",
        "https://shop.example.com\n",
        "https://" + "a" * 300,
        "ftp://shop.example.com",
        "https://[::1]evil.example",
        "https://[::1]x",
        "https://[2001:DB8::1]",
        "https://[",
        "https://a]",
    ],
)
def test_no_origins(origin):
    assert not origins.is_normal(origin)
