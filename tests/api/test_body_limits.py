"""Limits on a body before it is parsed: bytes by view, and members and levels of JSON."""

import json
import tracemalloc
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings
from django.test import RequestFactory
from django.urls import resolve

from faceplatform.api import bodies, forms, json_text
from faceplatform.api.throttles import CallerThrottle
from tests.stage import anonymous, as_base64, browser, problem, upload

pytestmark = pytest.mark.django_db

FRAME = "/api/auth/process-image/"
WITHOUT_PICTURE = [
    "/api/core/auth/client/",
    "/api/core/auth/token/refresh/",
    "/api/core/auth/token/verify/",
    "/api/core/auth/token/revoke/",
    "/api/clients/credentials/",
    "/api/auth/enrollment/",
    "/api/auth/authentication/",
]
FEW = 16 * 1024
MANY = settings.DATA_UPLOAD_MAX_MEMORY_SIZE


class Unread:
    """A body that must not be read."""

    def read(self, *_):
        raise AssertionError("the body was read")


def answer_of(path: str, body: Any, length: int, **headers: str):
    """Return the view's own answer, without a parser or middleware that reads the body."""
    request: Any = RequestFactory().post(path)
    told = {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(length), **headers}
    request.META.update(told)
    request._stream = BytesIO(body) if isinstance(body, bytes) else body
    view = resolve(path)
    return view.func(request, **view.kwargs)


def detail_of(answer, code="malformed", status=400) -> str:
    return str(problem(answer, status, code)["detail"])


@pytest.mark.parametrize("path", WITHOUT_PICTURE)
def test_where_no_picture_is_expected_a_body_is_small(api, path):
    text = json.dumps({"x": "a" * FEW})
    answer = api.http.post(path, text, content_type="application/json")
    assert detail_of(answer, "request_too_large", 413) == "The body has more than 16,384 bytes"


@pytest.mark.parametrize("path", WITHOUT_PICTURE)
def test_a_longer_one_is_not_read(api, path):
    answer = answer_of(path, Unread(), MANY, HTTP_AUTHORIZATION=api.authorization)
    assert (answer.status_code, answer.data["code"]) == (413, "request_too_large")


@pytest.mark.parametrize("path", WITHOUT_PICTURE)
@pytest.mark.parametrize(("more", "status"), [(0, 400), (1, 413)])
def test_one_is_read_up_to_the_limit(api, path, more, status):
    body = b'{"x": "' + b"a" * (FEW + more - 9) + b'"}'
    assert len(body) == FEW + more
    answer = answer_of(path, body, len(body), HTTP_AUTHORIZATION=api.authorization)
    assert answer.status_code == status


def test_the_longest_valid_request_fits(api, stage):
    """The user id has two escapes for each character; the metadata has 4096, indented."""
    metadata = {f"{n:04}": {"a": 1} for n in range(220)}
    body = json.dumps(
        {"user_id": "🙂" * 150, "session_type": "api", "metadata": metadata}, indent=4
    )
    assert 3900 < len(json.dumps(metadata)) <= 4096
    answer = api.http.post("/api/auth/enrollment/", body, content_type="application/json")
    assert answer.status_code == 201


HOSTILE = {
    "objects": (b"[" + b"{}," * 100_000 + b"{}]", "The JSON has too many members"),
    "members": (b"{" + b'"a":1,' * 10_000 + b'"a":1}', "The JSON has too many members"),
    "strings": (b"[" + b'"",' * 10_000 + b'""]', "The JSON has too many members"),
    "strings without commas": (b'""' * 100_000, "The JSON has too many members"),
    "escaped quotes": (b'"' + b'\\"' * 100_000 + b'"', "The JSON has too many members"),
    "levels": (b"[" * 33 + b"]" * 33, "The JSON is nested too deeply"),
    "levels of objects": (b'{"a":' * 33 + b"1" + b"}" * 33, "The JSON is nested too deeply"),
    "a level after a string": (
        b'["\\\\",' + b"[" * 32 + b"]" * 33,
        "The JSON is nested too deeply",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_json_with_a_picture_is_bounded_before_objects_are_built(api, stage, monkeypatch, case):
    http = browser(api.enrollment_token())

    def build(text):
        raise AssertionError("objects were built")

    monkeypatch.setattr(json_text, "parse", build)
    body, cause = HOSTILE[case]
    assert detail_of(http.post(FRAME, body, content_type="application/json")) == cause


@pytest.mark.parametrize(
    "text",
    [
        r'{"a": "[[[[{{{{,,,,::::"}',
        r'{"a": "\"[", "b": "\\", "c": "\\\"{"}',
        "[" * 32 + "]" * 32,
        '{"a": "' + "[" * 50_000 + '"}',
        '{"a": "' + "\\\\" * 50_000 + '"}',
        "  [1, 2.5, null]  ",
        '"text"',
        "1",
        "",
    ],
)
def test_what_stands_in_strings_is_no_structure(text):
    json_text.check_structure(text.encode())


@pytest.mark.parametrize("path", [FRAME, "/api/auth/enrollment/"])
def test_a_member_that_is_named_twice(api, stage, path):
    body = '{"user_id": "alice", "session_type": "api", "metadata": {"a": 1, "a": 2}}'
    answer = api.http.post(path, body, content_type="application/json")
    assert detail_of(answer) == "The JSON names a member twice"


def test_a_form_of_escapes_costs_no_more_than_its_bytes():
    """Each becomes an object in urllib: 15 MB took 1.2 GB and seven seconds."""
    body = b"a=" + b"%41" * 300_000
    tracemalloc.start()
    try:
        form = forms.parse_urlencoded(body, "utf-8")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert form.data["a"] == "A" * 300_000
    assert peak < 8 * len(body)


def test_escapes_beyond_those_of_a_picture_are_refused(api, stage, monkeypatch):
    monkeypatch.setattr(forms, "_MAX_ESCAPES", 10)
    form = "application/x-www-form-urlencoded"
    answer = api.http.post(FRAME, "image=" + "%41" * 11, content_type=form)
    assert detail_of(answer) == "The form has too many escapes. Send the image as a file."


@pytest.mark.parametrize("size", [1, 59_997, 59_998, 59_999, 60_000, 60_001, 179_999, 180_001])
def test_no_escape_is_cut_in_two(size):
    text = ("ab+/= ü🙂%" * 20_000)[:size]
    body = urlencode({"a": text}).encode()
    assert forms.parse_urlencoded(body, "utf-8").data["a"] == text
    body = ("a=" + "x" * size + quote("ü") * 10 + "%4").encode()
    assert forms.parse_urlencoded(body, "utf-8").data["a"] == "x" * size + "ü" * 10 + "%4"


def test_a_form_has_as_many_fields_as_before(api, stage):
    form = "application/x-www-form-urlencoded"
    most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    answer = api.http.post(FRAME, "&".join(["a=1"] * (most + 1)), content_type=form)
    assert detail_of(answer) == f"The request has more than {most} fields or parameters"
    problem(
        api.http.post(FRAME, "&".join(["a=1"] * most), content_type=form), 400, "validation_failed"
    )


def test_a_stranger_is_throttled_before_the_body_is_read(db, monkeypatch):
    monkeypatch.setattr(CallerThrottle, "THROTTLE_RATES", {"caller": "1/min"})
    assert answer_of(WITHOUT_PICTURE[0], b"{}", 2).status_code == 400
    assert answer_of(WITHOUT_PICTURE[0], Unread(), 2).status_code == 429


@pytest.mark.parametrize("path", [FRAME, *WITHOUT_PICTURE[2:]])
def test_where_a_token_is_needed_no_body_of_a_stranger_is_read(db, path):
    assert answer_of(path, Unread(), 100).status_code == 401


def test_a_picture_in_json_is_within_them(api, stage):
    answer = api.http.post(
        FRAME,
        {"session_token": api.enrollment_token(), "image": as_base64(stage.frame())},
        format="json",
    )
    assert answer.status_code == 200
    assert bodies.limit_of(object()) == FEW


@pytest.mark.parametrize("name", ["image", "anything"])
def test_a_file_where_no_picture_is_expected(api, name):
    answer = api.http.post("/api/auth/enrollment/", {name: upload(b"x" * FEW)}, format="multipart")
    problem(answer, 415, "unsupported_media_type")
    problem(
        anonymous().post(WITHOUT_PICTURE[0], b"x", content_type="text/plain"),
        415,
        "unsupported_media_type",
    )
