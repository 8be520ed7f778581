"""POST /api/auth/process-image/: the answer to a frame, and requests that hold no frame."""

from dataclasses import fields

import pytest

from faceplatform.engine import registry
from faceplatform.engine.testing import GOOD_QUALITY, MODEL, FakeEngine
from faceplatform.errors import EngineBusy, EngineError, ModelMissing
from faceplatform.sessions.serializers import (
    AuthenticationFrameAnswerSerializer,
    EnrollmentFrameAnswerSerializer,
)
from tests.stage import anonymous, as_base64, problem, upload

pytestmark = pytest.mark.django_db
URL = "/api/auth/process-image/"
NO_DIGITS = ["1.0", " 5", "+7", "1_0", "٣"]  # Python reads all of them


def test_the_whole_answer_to_an_enrollments_frame(api, stage):
    opened = api.open_enrollment().json()
    answer = api.post_frame(opened["session_token"], stage.frame())
    body = answer.json()
    assert body.pop("face") == {
        "box": {"x": 40.0, "y": 60.0, "width": 180.0, "height": 180.0},
        "pose": {"yaw": 0.0, "pitch": 0.0, "roll": 0.0},
        "quality": {
            field.name: getattr(GOOD_QUALITY, field.name)
            for field in fields(GOOD_QUALITY)
            if field.name != "unified"
        },
    }
    assert body == {
        "kind": "enrollment",
        "success": True,
        "session_status": "processing",
        "frame_accepted": True,
        "requires_more_frames": True,
        "samples_collected": 1,
        "quality_score": 0.93,
        "liveness_score": None,
        "liveness_verified": None,
        "liveness_methods": [],
        "challenge": None,
        "reason": "accepted",
        "advice": "",
        "message": "Frame processed. Continue streaming...",
        "request_id": answer["X-Request-ID"],
        "enrollment_id": opened["enrollment_id"],
        "enrollment_progress": 33.3,
        "enrollment_complete": False,
        "target_samples": 3,
        "duplicate_suspected": False,
    }


def test_the_embedding_is_never_given_out(api, stage):
    answer = api.post_frame(api.enrollment_token(), stage.frame())
    assert b"embedding" not in answer.content
    assert b"vector" not in answer.content


@pytest.mark.parametrize("number", [0, 1, 2**31 - 1])
@pytest.mark.parametrize("format", ["json", "multipart"])
def test_the_frame_number_is_echoed(api, stage, number, format):
    data = stage.frame()
    image = as_base64(data) if format == "json" else upload(data)
    body = {"session_token": api.enrollment_token(), "image": image, "frame_number": number}
    assert api.http.post(URL, body, format=format).json()["frame_number"] == number


def test_without_a_frame_number_there_is_none(api, stage):
    assert "frame_number" not in api.post_frame(api.enrollment_token(), stage.frame()).json()


@pytest.mark.parametrize(
    "number", [-1, 2**31, "abc", 1.5, None, [], {}, "9" * 2000, True, *NO_DIGITS]
)
def test_a_frame_number_that_is_none(api, stage, number):
    body = {
        "session_token": api.enrollment_token(),
        "image": as_base64(stage.frame()),
        "frame_number": number,
    }
    errors = problem(api.http.post(URL, body, format="json"), 400, "validation_failed")["errors"]
    assert set(errors) == {"frame_number"}


def test_a_clients_call_names_its_session(api, stage):
    answer = api.http.post(URL, {"image": as_base64(stage.frame())}, format="json")
    errors = problem(answer, 400, "validation_failed")["errors"]
    assert errors["session_token"][0]["code"] == "required"


@pytest.mark.parametrize("token", ["", None, [], {}, "x" * 129, "nul\x00", 7.5, True])
def test_a_session_token_that_is_none(api, stage, token):
    body = {"session_token": token, "image": as_base64(stage.frame())}
    answer = api.http.post(URL, body, format="json")
    assert answer.status_code in {400, 404}
    assert answer.json()["code"] in {"validation_failed", "session_not_found"}


def test_nobody_posts_without_a_token(api, stage):
    body = {"session_token": api.enrollment_token(), "image": upload(stage.frame())}
    told = problem(anonymous().post(URL, body, format="multipart"), 401, "not_authenticated")
    assert "Authorization" in told["detail"]
    assert "X-Session-Token" in told["detail"]


@pytest.mark.parametrize(
    ("error", "code"),
    [(EngineError("worker 10.0.0.7"), "engine_unavailable"), (ModelMissing(), "model_missing")],
)
def test_an_engine_that_fails_leaves_the_session_as_it_was(api, stage, error, code):
    token = api.enrollment_token(target_samples=1)

    def fail():
        raise error

    stage.meanwhile = fail
    answer = api.post_frame(token, stage.frame())
    problem(answer, 503, code)
    assert b"10.0.0.7" not in answer.content
    assert api.session(token).json()["frames_received"] == 0
    stage.meanwhile = lambda: None
    assert api.post_frame(token, stage.frame()).json()["enrollment_complete"] is True


@pytest.mark.parametrize(
    ("error", "lines"),
    [
        (EngineBusy(), []),  # under load there are thousands, and the metrics count them
        (EngineError("no worker"), ["engine_unavailable in ProcessImageView: no worker"]),
    ],
)
def test_what_is_away_is_logged_in_a_line(api, stage, caplog, error, lines):
    def fail():
        raise error

    token = api.enrollment_token()
    stage.meanwhile = fail
    assert api.post_frame(token, stage.frame()).status_code == 503
    ours = [record for record in caplog.records if record.name.startswith("faceplatform")]
    assert [record.getMessage() for record in ours] == lines
    assert not any(record.exc_info for record in ours)


@pytest.mark.parametrize(
    ("opening", "serializer"),
    [
        ("enrollment_token", EnrollmentFrameAnswerSerializer),
        ("authentication_token", AuthenticationFrameAnswerSerializer),
    ],
)
def test_the_answers_are_as_the_schema_says(api, stage, opening, serializer):
    answer = api.post_frame(getattr(api, opening)(), stage.frame(), frame_number=3)
    assert answer.json().keys() == serializer().get_fields().keys() - {
        "clip",
        "next_frame_number",
    }


class AnotherModel(FakeEngine):
    model = type(MODEL)(name="fake", version="2", alignment="none", dimension=128)


@pytest.mark.parametrize("kind", ["enrollment_token", "authentication_token"])
def test_another_recognition_model_ends_what_began_with_the_old_one(api, stage, kind):
    token = getattr(api, kind)()
    registry.set_engine(AnotherModel(stage.analyze))
    problem(api.post_frame(token, stage.frame()), 409, "session_model_changed")
    registry.set_engine(FakeEngine(stage.analyze))
    assert api.post_frame(token, stage.frame()).status_code == 200


def test_a_template_of_another_model_is_not_used(api, stage):
    api.enroll(stage)
    registry.set_engine(AnotherModel(stage.analyze))
    problem(api.open_authentication("alice"), 409, "reenrollment_required")


def test_beside_a_clients_token_the_header_selects_a_session_of_the_client(api, other, stage):
    """As in a stream and in `sessions/current/`: a session's token lends no rights."""
    token = api.enrollment_token(target_samples=1)
    headers = {"HTTP_X_SESSION_TOKEN": token}
    body = {"image": as_base64(stage.frame())}
    problem(other.http.post(URL, body, format="json", **headers), 404, "session_not_found")
    assert api.session(token).json()["frames_received"] == 0
    named = {**body, "session_token": api.enrollment_token("bob")}
    problem(api.http.post(URL, named, format="json", **headers), 404, "session_not_found")
    forged = {**headers, "HTTP_AUTHORIZATION": "Bearer forged"}
    problem(anonymous().post(URL, body, format="json", **forged), 401, "authentication_failed")
    answer = api.http.post(URL, body, format="json", **headers)
    assert (answer.status_code, answer.json()["frame_accepted"]) == (200, True)
