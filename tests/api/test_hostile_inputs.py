"""Any input to any URL gets an answer below 500, and every error is a problem document."""

import json
from itertools import product
from typing import Any
from urllib.parse import quote

import pytest

from tests.stage import anonymous, browser

pytestmark = pytest.mark.django_db

POSTS = [
    "/api/core/auth/client/",
    "/api/core/auth/token/refresh/",
    "/api/core/auth/token/verify/",
    "/api/core/auth/token/revoke/",
    "/api/clients/credentials/",
    "/api/auth/enrollment/",
    "/api/auth/authentication/",
    "/api/auth/process-image/",
]
NAMES = [
    "api_key",
    "api_secret",
    "refresh",
    "token",
    "name",
    "scopes",
    "expires_at",
    "user_id",
    "session_type",
    "metadata",
    "target_samples",
    "session_token",
    "image",
    "frame_data",
    "frame_number",
]
VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    2**63,
    10**400,
    1.5,
    -0.0,
    "",
    " ",
    "\x00",
    "\n",
    "x" * 5000,
    "🙂",
    "\u202e",
    "\ufffe",
    "null",
    "../../../etc/passwd",
    "http://127.0.0.1/",
    "'; DROP TABLE clients_client; --",
    "{{7*7}}",
    "%s%n",
    "enr_" + "x" * 40,
    [],
    [[]],
    [None],
    ["a"] * 100,
    {},
    {"": ""},
    {"$ne": None},
    {"__proto__": {}},
]
BODIES = [
    "",
    " ",
    "null",
    "[]",
    "{}",
    "true",
    "1",
    '"text"',
    "{",
    "[1,",
    "\x00",
    "NaN",
    "1e999",
    "9" * 5000,
    '{"user_id": "a", "user_id": "b"}',
    r'{"user_id": "\ud800", "session_type": "api"}',
    r'{"\ud800": 1}',
    r'{"session_type": "\udfff"}',
    '{"metadata": ' + '{"a":' * 1000 + "1" + "}" * 1000 + "}",
    "[" * 100_000,
    "[" * 500 + "]" * 500,
    "\ufeff{}",
]
RAW = [
    b"\xff\xfe{}",
    b"\x80",
    b"\x1f\x8b\x08\x00",
    b"--b\r\n",
    b"--b--",
    b"%",
    b"a=%ff&a=%00",
    b"\x00" * 64,
]
KINDS = [
    "application/json",
    "application/json; charset=utf-16",
    "application/json; charset=nonsense",
    "application/json; charset=bz2_codec",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=b",
    "multipart/form-data; boundary=" + "b" * 300,
    "text/plain",
    "",
    ";;;",
]
GETS = [
    "/api/auth/enrollments/{}/",
    "/api/auth/sessions/{}/",
    "/api/auth/enrollments/?user_id={}",
    "/api/auth/enrollments/?cursor={}",
    "/api/auth/enrollments/?page_size={}",
    "/api/auth/enrollments/?format={}",
    "/api/core/status/?{}",
    "/api/schema/?format={}",
    "/api/{}",
]
TEXTS = [
    "x",
    "\x00",
    "\n",
    "ü🙂",
    "..",
    "%",
    "'",
    "enr_",
    "aut_" + "x" * 2000,
    "00000000-0000-0000-0000-000000000000",
    "cD1hYmM=",
    "json",
    "-1",
    "9" * 100,
]
HEADERS = [
    {"HTTP_AUTHORIZATION": "Bearer \x00"},
    {"HTTP_AUTHORIZATION": "Bearer ü"},
    {"HTTP_AUTHORIZATION": "x" * 50_000},
    {"HTTP_X_SESSION_TOKEN": "\x00"},
    {"HTTP_X_SESSION_TOKEN": "enr_🙂" * 10},
    {"HTTP_X_REQUEST_ID": "\r\nSet-Cookie: a=b"},
    {"HTTP_ACCEPT": "\x00"},
    {"HTTP_ACCEPT": "application/json; indent=99999999999"},
    {"HTTP_ACCEPT": "*/*;q=x, ;;,"},
    {"HTTP_ACCEPT_LANGUAGE": "x" * 5000},
    {"HTTP_X_FORWARDED_FOR": "not, an, address"},
    {"HTTP_COOKIE": "sessionid=" + "x" * 4000},
    {"HTTP_ORIGIN": "null"},
    {"HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE"},
    {"CONTENT_LENGTH": "-1"},
    {"CONTENT_LENGTH": "abc"},
    {"CONTENT_LENGTH": "9" * 30},
    {"HTTP_IDEMPOTENCY_KEY": "\x00"},
    {"HTTP_HOST": "a b"},
    {"HTTP_HOST": "127.0.0.1:99999999"},
]


def survives(answer, sent: object) -> None:
    assert answer.status_code < 500, (sent, answer.content[:500])
    if answer.status_code >= 400 and answer.request["REQUEST_METHOD"] != "HEAD":
        assert answer["Content-Type"] == "application/problem+json", (sent, answer.content[:200])
        assert answer.json()["code"], sent
        assert answer["X-Request-ID"]
    assert b"Traceback" not in answer.content


@pytest.fixture
def callers(api, stage):
    return [anonymous(), api.http, browser(api.enrollment_token())]


@pytest.mark.parametrize("path", POSTS)
def test_values_that_no_field_expects(api, stage, path):
    good = {
        "user_id": "alice",
        "session_type": "api",
        "session_token": api.enrollment_token(),
        "api_key": "k",
        "api_secret": "s",
    }
    for name, value in product(NAMES, VALUES):
        body = json.dumps({**good, name: value})
        survives(api.http.post(path, body, content_type="application/json"), (name, value))


@pytest.mark.parametrize("path", POSTS)
def test_bodies_that_are_no_request(callers, path):
    for http, body in product(callers, BODIES):
        survives(http.post(path, body, content_type="application/json"), body[:80])


@pytest.mark.parametrize("path", POSTS)
def test_bytes_of_every_content_type(callers, path):
    for body, kind in product(RAW, KINDS):
        survives(callers[1].generic("POST", path, body, content_type=kind), (body, kind))


@pytest.mark.parametrize("path", POSTS)
def test_bodies_under_an_idempotency_key(api, stage, path):
    for number, body in enumerate(BODIES):
        for _ in range(2):
            answer = api.http.post(
                path, body, content_type="application/json", HTTP_IDEMPOTENCY_KEY=f"key-{number}"
            )
            survives(answer, body[:80])


@pytest.mark.parametrize("path", GETS)
def test_texts_in_addresses(callers, path):
    for http, text in product(callers, TEXTS):
        url = path.format(quote(text, safe=""))
        survives(http.get(url), url)
        survives(http.delete(url), url)


@pytest.mark.parametrize("headers", HEADERS, ids=lambda headers: str(headers)[:40])
def test_headers(api, stage, headers):
    for http in (api.http, anonymous()):
        survives(http.get("/api/auth/enrollments/", **headers), headers)
        survives(http.delete("/api/auth/sessions/x/", **headers), headers)
        survives(http.post("/api/auth/enrollment/", {}, format="json", **headers), headers)
        survives(http.post("/api/auth/process-image/", {}, format="json", **headers), headers)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"])
def test_methods(callers, method):
    for http, path in product(callers, [*POSTS, "/api/auth/enrollments/", "/api/auth/sessions/x/"]):
        survives(http.generic(method, path, "{}", content_type="application/json"), path)
