"""A body without an announced length is read, within the limit of any request."""

import json

import pytest
from django.conf import settings

from faceplatform.web.refusals import Refused
from tests.deployment import as_form
from tests.web.requests import chunked, environ, problem, request
from tests.wsgi import called

pytestmark = pytest.mark.django_db

MOST = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
FRAME = "/api/auth/process-image/"


def in_chunks(api, address: str, body: bytes, kind: str) -> tuple[int, dict[str, object]]:
    data = chunked(
        body,
        f"Content-Type: {kind}",
        f"Authorization: {api.authorization}",
        line=f"POST {address} HTTP/1.1",
        size=50_000,
    )
    status, content = called(environ(request(data, most=MOST)))
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


def test_as_long_as_any_request_may_be_and_no_longer(api):
    token = api.enrollment_token()
    head, _ = frame(token, b"")
    body, kind = frame(token, b"x" * (MOST - len(head)))
    assert len(body) == MOST
    status, answer = in_chunks(api, FRAME, body, kind)
    assert (status, answer["code"]) == (413, "image_too_large")
    with pytest.raises(Refused) as refused:
        in_chunks(api, FRAME, body + b"x", kind)
    assert problem(refused.value)["code"] == "request_too_large"
    assert api.session(token).json()["frames_received"] == 0
