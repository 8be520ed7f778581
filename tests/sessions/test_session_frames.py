"""POST /api/auth/sessions/current/frames/: process-image for the holder of a session's token."""

import pytest

from tests.stage import anonymous, as_base64, browser, problem, upload

pytestmark = pytest.mark.django_db
URL = "/api/auth/sessions/current/frames/"


def post(http, image: bytes, **fields):
    return http.post(URL, {"image": upload(image), **fields}, format="multipart")


def test_it_enrolls(api, stage):
    http = browser(api.enrollment_token(target_samples=2))
    first = post(http, stage.frame(), frame_number=7).json()
    assert (first["frame_accepted"], first["frame_number"]) == (True, 7)
    assert (first["kind"], first["liveness_score"]) == ("enrollment", None)
    assert post(http, stage.frame()).json()["enrollment_complete"] is True


def test_it_authenticates(api, stage):
    api.enroll(stage)
    answer = post(browser(api.authentication_token("alice")), stage.frame()).json()
    assert (answer["kind"], answer["result"]) == ("authentication", "success")
    assert answer["similarity_score"] is None


@pytest.mark.parametrize("name", ["image", "frame_data", "image_base64"])
def test_json_and_the_other_names_of_the_image(api, stage, name):
    http = browser(api.enrollment_token())
    body = {name: as_base64(stage.frame())}
    assert http.post(URL, body, format="json").json()["frame_accepted"] is True


def test_the_token_is_not_in_the_body(api, stage):
    token = api.enrollment_token()
    answer = post(browser(token), stage.frame(), session_token=token)
    assert "session_token" in problem(answer, 400, "validation_failed")["errors"]


def test_the_clients_token_is_none(api, stage):
    api.enrollment_token()
    told = problem(post(api.http, stage.frame()), 401, "not_authenticated")
    assert "session's token in the header X-Session-Token" in told["detail"]


def test_without_any_token(stage):
    problem(post(anonymous(), stage.frame()), 401, "not_authenticated")


def test_with_both_tokens_the_sessions_one_counts(api, stage):
    """A generated client may send every token it has."""
    answer = api.http.post(
        URL,
        {"image": upload(stage.frame())},
        format="multipart",
        HTTP_X_SESSION_TOKEN=api.enrollment_token(),
    )
    assert answer.json()["frame_accepted"] is True


def test_a_repeated_frame_with_the_same_key_is_answered_again(api, stage):
    http, image = browser(api.enrollment_token()), stage.frame()
    first, second = (
        http.post(URL, {"image": upload(image)}, format="multipart", HTTP_IDEMPOTENCY_KEY="k")
        for _ in range(2)
    )
    assert second["Idempotency-Replayed"] == "true"
    assert second.json() == first.json()
