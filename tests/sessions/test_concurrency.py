"""Two frames at once: both are measured before either is decided, and each counts once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from rest_framework.test import APIClient

from authentication.models import AuthenticationSession
from enrollment.models import EnrollmentSample, EnrollmentSession, FaceTemplate
from tests.stage import problem, upload

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def at_once(api, stage):
    """A function that posts (token, frame) pairs from threads, all measured before a decision."""

    def post(*frames):
        barrier = Barrier(len(frames), timeout=30)
        stage.meanwhile = barrier.wait

        def call(frame):
            token, data = frame
            http = APIClient(raise_request_exception=False)
            http.credentials(**api.http._credentials)
            body = {"session_token": token, "image": upload(data)}
            try:
                return http.post("/api/auth/process-image/", body, format="multipart")
            finally:
                connection.close()

        with ThreadPoolExecutor(len(frames)) as pool:
            answers = list(pool.map(call, frames))
        stage.meanwhile = lambda: None
        return sorted(answers, key=lambda answer: answer.status_code)

    return post


def codes(answers) -> list[str]:
    return [answer.json().get("code") or answer.json()["reason"] for answer in answers]


def test_one_completes_the_enrollment_the_other_comes_too_late(api, stage, at_once):
    token = api.enrollment_token(target_samples=1)
    answers = at_once((token, stage.frame()), (token, stage.frame()))
    assert [answer.status_code for answer in answers] == [200, 409]
    assert codes(answers) == ["enrolled", "session_finished"]
    assert answers[1].json()["reason"] == "enrolled"
    session = EnrollmentSession.objects.get()
    assert (session.frames_received, session.samples_collected) == (1, 1)
    assert FaceTemplate.objects.get().sample_count == 1
    assert not EnrollmentSample.objects.exists()


def test_both_count_and_one_of_them_completes(api, stage, at_once):
    token = api.enrollment_token(target_samples=2)
    answers = at_once((token, stage.frame()), (token, stage.frame()))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert sorted(codes(answers)) == ["accepted", "enrolled"]
    assert sorted(answer.json()["samples_collected"] for answer in answers) == [1, 2]
    assert EnrollmentSession.objects.get().frames_received == 2
    assert FaceTemplate.objects.get().sample_count == 2


def test_both_count_on_the_way(api, stage, at_once):
    token = api.enrollment_token(target_samples=5)
    answers = at_once(*((token, stage.frame()) for _ in range(4)))
    assert sorted(answer.json()["samples_collected"] for answer in answers) == [1, 2, 3, 4]
    session = EnrollmentSession.objects.get()
    assert (session.frames_received, session.samples_collected) == (4, 4)
    assert EnrollmentSample.objects.count() == 4


def test_one_image_sent_twice_is_one_sample(api, stage, at_once):
    token, data = api.enrollment_token(target_samples=2), stage.frame()
    answers = at_once((token, data), (token, data))
    assert sorted(codes(answers)) == ["accepted", "frame_repeated"]
    session = EnrollmentSession.objects.get()
    assert (session.frames_received, session.samples_collected) == (2, 1)


def test_refused_frames_are_each_counted(api, stage, at_once):
    token = api.enrollment_token()
    at_once(*((token, stage.frame(faces=0)) for _ in range(4)))
    assert EnrollmentSession.objects.get().frames_received == 4


def test_one_of_two_matching_frames_wins(api, stage, at_once):
    api.enroll(stage)
    token = api.authentication_token("alice")
    answers = at_once((token, stage.frame()), (token, stage.frame()))
    assert codes(answers) == ["matched", "session_finished"]
    assert answers[1].json()["reason"] == "matched"
    assert AuthenticationSession.objects.get().frames_received == 1


def test_a_match_and_a_stranger_in_one_session_end_cleanly(api, stage, at_once):
    api.enroll(stage)
    token = api.authentication_token("alice")
    answers = at_once((token, stage.frame("alice")), (token, stage.frame("mallory")))
    assert set(codes(answers)) in (
        {"matched", "session_finished"},  # alice was decided first
        {"undecided", "different_person"},  # mallory was
    )


def test_two_users_with_one_face_are_never_both_enrolled(api, stage, at_once):
    tokens = [api.enrollment_token(name, target_samples=1) for name in ("alice", "bob")]
    answers = at_once(*((token, stage.frame("one face")) for token in tokens))
    assert [answer.status_code for answer in answers] == [200, 409]
    assert codes(answers) == ["enrolled", "duplicate_face"]
    assert FaceTemplate.objects.count() == 1
    assert sorted(EnrollmentSession.objects.values_list("status", flat=True)) == [
        "completed",
        "failed",
    ]


def test_one_user_in_two_sessions_has_one_template(api, stage, at_once):
    """The template is of the completed session that was opened last."""
    tokens = [api.enrollment_token("alice", target_samples=1) for _ in range(2)]
    answers = at_once(*((token, stage.frame("alice")) for token in tokens))
    reasons = [answer.json()["reason"] for answer in answers]
    assert "enrolled" in reasons
    assert set(reasons) <= {"enrolled", "superseded"}
    completed = EnrollmentSession.objects.filter(status="completed").order_by("pk")
    assert len(completed) == reasons.count("enrolled")
    assert FaceTemplate.objects.get().enrollment == completed.last()
    assert api.verify(stage.frame("alice"))["result"] == "success"


def open_at_once(api, times: int, **headers: str):
    """Return the answers to one opening for a new user, sent from several threads."""
    barrier = Barrier(times, timeout=30)

    def call(_):
        http = APIClient(raise_request_exception=False)
        http.credentials(**api.http._credentials)
        body = {"user_id": "new", "session_type": "api"}
        barrier.wait()
        try:
            return http.post("/api/auth/enrollment/", body, format="json", **headers)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(call, range(times)))


def test_a_new_user_is_made_once(api, stage):
    answers = open_at_once(api, 4)
    assert [answer.status_code for answer in answers] == [201] * 4
    assert api.client.subjects.count() == 1
    assert EnrollmentSession.objects.count() == 4


def test_one_idempotency_key_opens_one_session(api, stage):
    answers = open_at_once(api, 4, HTTP_IDEMPOTENCY_KEY="once")
    assert EnrollmentSession.objects.count() == 1
    opened = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.json()["session_token"] for answer in opened}) == 1
    for answer in answers:
        if answer not in opened:
            problem(answer, 409, "idempotency_in_progress")
