"""A body whose length nobody announced: read, within the bound of any request."""

import json
from io import BytesIO

import pytest
from django.conf import settings
from gunicorn.http.errors import InvalidChunkSize

from tests.deployment import as_form
from tests.wsgi import served

pytestmark = pytest.mark.django_db

MOST = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
FRAME = "/api/auth/process-image/"


def in_chunks(api, address: str, body: bytes | BytesIO, kind: str) -> tuple[int, dict[str, object]]:
    status, content = served(
        "POST",
        address,
        body,
        kind,
        CONTENT_LENGTH=None,
        HTTP_TRANSFER_ENCODING="chunked",
        HTTP_AUTHORIZATION=api.authorization,
    )
    return status, json.loads(content)


def frame(token: str, picture: bytes) -> tuple[bytes, str]:
    return as_form(picture, session_token=token)


def test_a_frame_in_chunks_counts(api, stage):
    token = api.enrollment_token()
    status, answer = in_chunks(api, FRAME, *frame(token, stage.frame()))
    assert (status, answer["frame_accepted"]) == (200, True)


def test_json_in_chunks(api):
    body = json.dumps({"user_id": "alice", "session_type": "api"}).encode()
    status, _ = in_chunks(api, "/api/auth/enrollment/", body, "application/json")
    assert status == 201


@pytest.mark.parametrize(("more", "code"), [(0, "image_too_large"), (1, "request_too_large")])
def test_as_long_as_any_request_may_be_and_no_longer(api, more, code):
    token = api.enrollment_token()
    head, _ = frame(token, b"")
    body, kind = frame(token, b"x" * (MOST + more - len(head)))
    assert len(body) == MOST + more
    status, answer = in_chunks(api, FRAME, body, kind)
    assert (status, answer["code"]) == (413, code)
    assert api.session(token).json()["frames_received"] == 0


def test_what_is_refused_before_it_is_read_may_be_too_long(api):
    body, kind = frame("none", b"x" * (MOST + 1))
    status, content = served(
        "POST", FRAME, body, kind, CONTENT_LENGTH=None, HTTP_TRANSFER_ENCODING="chunked"
    )
    assert (status, json.loads(content)["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=b"])
def test_chunks_that_are_none(api, kind):
    class Broken(BytesIO):
        def read(self, *_):
            raise InvalidChunkSize(b"z")

        readline = read

    status, answer = in_chunks(api, FRAME, Broken(), kind)
    assert (status, answer["code"]) == (400, "malformed")


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=b"])
def test_a_caller_that_breaks_off(api, kind, caplog):
    class Gone(BytesIO):
        def read(self, *_):
            raise ConnectionResetError

    status, answer = served("POST", FRAME, Gone(b"{}"), kind, HTTP_AUTHORIZATION=api.authorization)
    assert (status, json.loads(answer)["code"]) == (400, "malformed")
    assert "Traceback" not in caplog.text
