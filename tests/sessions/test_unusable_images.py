"""An image that cannot be decoded counts as a frame: nobody can send them without end."""

from io import BytesIO

import pytest
from PIL import Image

from authentication.models import AuthenticationSession
from enrollment.models import EnrollmentSession
from faceplatform.engine import registry
from faceplatform.engine.testing import FakeEngine
from faceplatform.errors import EngineBusy
from tests.stage import problem, upload

pytestmark = pytest.mark.django_db

TOKENS = ["enrollment_token", "authentication_token"]


def truncated(stage) -> bytes:
    return stage.frame()[:200]


def gif() -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (100, 100)).save(buffer, "GIF")
    return buffer.getvalue()


@pytest.fixture
def short(make_api):
    """A client whose sessions take three frames."""
    return make_api(
        max_enrollment_frames=3, max_authentication_frames=3, probe_frames=1, target_samples=1
    )


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (truncated, 400, "image_truncated"),
        (lambda stage: b"no image at all", 400, "image_unreadable"),
        (lambda stage: gif(), 400, "image_format_unsupported"),
    ],
)
def test_it_counts_as_a_frame(api, stage, token, data, status, code):
    token = getattr(api, token)()
    problem(api.post_frame(token, data(stage)), status, code)
    session = api.session(token).json()
    assert (session["frames_received"], session["status"]) == (1, "processing")
    assert session["samples_collected"] == 0


@pytest.mark.parametrize("token", TOKENS)
def test_the_last_one_ends_the_session(short, stage, heard, token):
    token = getattr(short, token)()
    for _ in range(2):
        body = problem(short.post_frame(token, truncated(stage)), 400, "image_truncated")
        assert "reason" not in body
    body = problem(short.post_frame(token, truncated(stage)), 400, "image_truncated")
    assert body["reason"] == "frame_limit"
    body = problem(short.post_frame(token, truncated(stage)), 409, "session_finished")
    assert body["reason"] == "frame_limit"
    session = short.session(token).json()
    assert (session["frames_received"], session["reason"]) == (3, "frame_limit")
    assert [event.reason for event in heard if hasattr(event, "reason")] == ["frame_limit"]


@pytest.mark.parametrize("token", TOKENS)
def test_good_frames_go_on_between_them(short, stage, token):
    short.enroll(stage, "bob", frames=1)
    token = getattr(short, token)("bob")
    problem(short.post_frame(token, truncated(stage)), 400, "image_truncated")
    assert short.post_frame(token, stage.frame("bob")).json()["success"] is True


def test_an_engine_that_cannot_answer_does_not_count(api, stage):
    def fail():
        raise EngineBusy(retry_after=1)

    token = api.enrollment_token()
    stage.meanwhile = fail
    problem(api.post_frame(token, stage.frame()), 503, "engine_busy")
    assert api.session(token).json()["frames_received"] == 0


def test_a_repeated_request_counts_once(api, stage):
    token, data = api.enrollment_token(), truncated(stage)
    for _ in range(2):
        answer = api.http.post(
            "/api/auth/process-image/",
            {"session_token": token, "image": upload(data)},
            format="multipart",
            HTTP_IDEMPOTENCY_KEY="once",
        )
        assert answer.json()["code"] == "image_truncated"
    assert api.session(token).json()["frames_received"] == 1


def test_a_session_that_ended_meanwhile_stays_as_it_ended(api, stage):
    token = api.enrollment_token()
    api.cancel(token)
    problem(api.post_frame(token, truncated(stage)), 409, "session_finished")
    assert EnrollmentSession.objects.get().frames_received == 0
    assert not AuthenticationSession.objects.exists()


@pytest.mark.parametrize("token", TOKENS)
def test_one_that_breaks_something_counts_too(api, stage, token):
    """Otherwise a finder of such an image could post it without end."""

    def broken(frame, wants):
        raise AssertionError("a defect of ours")

    registry.set_engine(FakeEngine(broken))
    token = getattr(api, token)()
    problem(api.post_frame(token, stage.frame()), 500, "internal_error")
    assert api.session(token).json()["frames_received"] == 1
