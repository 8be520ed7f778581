"""Idempotency-Key: a repeated write gets the first answer and happens once."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from enrollment.models import EnrollmentSession
from faceplatform.api import idempotency
from faceplatform.api.models import IdempotentRequest
from faceplatform.errors import EngineError
from tests.stage import anonymous, browser, problem, upload

pytestmark = pytest.mark.django_db
OPEN = "/api/auth/enrollment/"


def open_enrollment(api, key: str, user_id: str = "alice", **extra):
    body = {"user_id": user_id, "session_type": "api", **extra}
    return api.http.post(OPEN, body, format="json", HTTP_IDEMPOTENCY_KEY=key)


def post_frame(http, key: str, data: bytes, token: str = ""):
    body = {"image": upload(data)} | ({"session_token": token} if token else {})
    return http.post("/api/auth/process-image/", body, format="multipart", HTTP_IDEMPOTENCY_KEY=key)


def test_the_same_request_opens_one_session(api, stage):
    first, again = open_enrollment(api, "k1"), open_enrollment(api, "k1")
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert first["Content-Type"] == again["Content-Type"]
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert EnrollmentSession.objects.count() == 1


def test_the_order_of_members_does_not_matter(api, stage):
    first = open_enrollment(api, "k1").json()
    text = '{"session_type": "api",   "user_id": "alice"}'
    again = api.http.post(OPEN, text, content_type="application/json", HTTP_IDEMPOTENCY_KEY="k1")
    assert again.json() == first


def test_without_a_key_nothing_is_kept(api, stage):
    assert api.enrollment_token() != api.enrollment_token()
    assert not IdempotentRequest.objects.exists()


def test_another_body_is_refused(api, stage):
    open_enrollment(api, "k1")
    problem(open_enrollment(api, "k1", "bob"), 422, "idempotency_key_reused")
    problem(open_enrollment(api, "k1", metadata={"a": 1}), 422, "idempotency_key_reused")
    assert EnrollmentSession.objects.count() == 1


def test_another_address_is_refused(api, stage):
    open_enrollment(api, "k1")
    body = {"user_id": "alice", "session_type": "api"}
    answer = api.http.post(
        "/api/auth/authentication/", body, format="json", HTTP_IDEMPOTENCY_KEY="k1"
    )
    problem(answer, 422, "idempotency_key_reused")


def test_another_clients_same_key_is_its_own(api, other, stage):
    mine, theirs = open_enrollment(api, "k1"), open_enrollment(other, "k1")
    assert theirs.status_code == 201
    assert "Idempotency-Replayed" not in theirs
    assert mine.json()["session_token"] != theirs.json()["session_token"]


def test_while_the_first_is_running_a_second_waits(api, stage):
    token, data, second = api.enrollment_token(), stage.frame(), []

    def ask_again():
        if not second:
            second.append(None)
            second[0] = post_frame(api.http, "k1", data, token)

    stage.meanwhile = ask_again
    assert post_frame(api.http, "k1", data, token).status_code == 200
    problem(second[0], 409, "idempotency_in_progress")
    assert second[0]["Retry-After"] == "1"
    assert api.session(token).json()["frames_received"] == 1


def test_what_a_killed_process_left_does_not_block(api, stage):
    open_enrollment(api, "k1")
    IdempotentRequest.objects.update(status=None, created_at=timezone.now() - timedelta(minutes=3))
    assert open_enrollment(api, "k1").status_code == 201


def test_a_frame_sent_again_is_counted_once(api, stage):
    """The boundary of the multipart body differs each time."""
    token, data = api.enrollment_token(), stage.frame()
    first, again = post_frame(api.http, "f1", data, token), post_frame(api.http, "f1", data, token)
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    status = api.session(token).json()
    assert status["frames_received"] == status["samples_collected"] == 1


def test_another_frame_under_the_same_key_is_refused(api, stage):
    token = api.enrollment_token()
    post_frame(api.http, "f1", stage.frame(), token)
    problem(post_frame(api.http, "f1", stage.frame(), token), 422, "idempotency_key_reused")


def test_two_sessions_of_one_client_do_not_share_answers(api, stage):
    data = stage.frame()
    one, two = (browser(api.enrollment_token(name)) for name in ("alice", "bob"))
    assert post_frame(one, "f1", data).status_code == 200
    second = post_frame(two, "f1", data)
    assert (second.status_code, second.json()["samples_collected"]) == (200, 1)
    assert "Idempotency-Replayed" not in second
    for http in (one, two):
        assert post_frame(http, "f1", data)["Idempotency-Replayed"] == "true"
        problem(post_frame(http, "f1", stage.frame()), 422, "idempotency_key_reused")


def test_a_sessions_token_uses_up_no_key_of_its_client(api, stage):
    token = api.enrollment_token("bob")
    assert post_frame(browser(token), "k1", stage.frame("bob")).status_code == 200
    assert open_enrollment(api, "k1").status_code == 201
    data = stage.frame("bob")
    assert post_frame(api.http, "k2", data, token).status_code == 200
    answer = post_frame(browser(token), "k2", data)
    assert answer.json()["reason"] == "frame_repeated"


def test_the_holder_of_an_ended_session_fills_no_table(api, stage):
    token, last = api.enrollment_token("bob", target_samples=1), stage.frame("bob")
    first = post_frame(browser(token), "k1", last)
    assert first.json()["enrollment_complete"] is True
    for number in range(3):
        again = post_frame(browser(token), f"other-{number}", stage.frame("bob"))
        problem(again, 409, "session_finished")
    assert IdempotentRequest.objects.count() == 1
    replayed = post_frame(browser(token), "k1", last)
    assert replayed["Idempotency-Replayed"] == "true"
    assert replayed.json() == first.json()


def test_a_key_of_the_client_reads_nothing_of_a_sessions(api, stage):
    """A client cannot build the session's key from the session's id, which it knows."""
    opened = api.open_enrollment("bob").json()
    post_frame(browser(opened["session_token"]), "k1", stage.frame("bob"))
    for key in (f"{opened['enrollment_id']} k1", f"{opened['enrollment_id']}\nk1"):
        problem(open_enrollment(api, key), 400, "idempotency_key_invalid")


def test_sessions_that_a_header_names_are_told_apart(api, stage):
    one, two = api.enrollment_token("alice"), api.enrollment_token("bob")
    call = {"path": "/api/auth/sessions/current/", "HTTP_IDEMPOTENCY_KEY": "c1"}
    first = api.http.delete(**call, HTTP_X_SESSION_TOKEN=one)
    assert first.json()["status"] == "cancelled"
    assert api.http.delete(**call, HTTP_X_SESSION_TOKEN=one).json() == first.json()
    another = api.http.delete(**call, HTTP_X_SESSION_TOKEN=two)
    problem(another, 422, "idempotency_key_reused")
    assert api.session(two).json()["status"] == "pending"


def test_a_refusal_is_kept_too(api, stage):
    token = api.enrollment_token()
    data = stage.frame(faces=0)
    first, again = post_frame(api.http, "f1", data, token), post_frame(api.http, "f1", data, token)
    assert first.json()["reason"] == "no_face"
    assert again.json() == first.json()


def test_a_problem_is_replayed_as_a_problem(api, stage):
    first = open_enrollment(api, "k1", target_samples=99)
    again = open_enrollment(api, "k1", target_samples=99)
    problem(first, 400, "validation_failed")
    assert again.content == first.content
    assert again["Content-Type"] == "application/problem+json"
    assert again["Idempotency-Replayed"] == "true"


def test_a_failure_of_the_server_is_not_kept(api, stage):
    token, data = api.enrollment_token(), stage.frame()

    def fail():
        raise EngineError

    stage.meanwhile = fail
    problem(post_frame(api.http, "f1", data, token), 503, "engine_unavailable")
    stage.meanwhile = lambda: None
    answer = post_frame(api.http, "f1", data, token)
    assert answer.json()["frame_accepted"] is True
    assert "Idempotency-Replayed" not in answer


def test_a_cancellation_is_replayed_to_the_letter(api, stage):
    path = f"/api/auth/sessions/{api.enrollment_token()}/"
    first = api.http.delete(path, HTTP_IDEMPOTENCY_KEY="c1")
    again = api.http.delete(path, HTTP_IDEMPOTENCY_KEY="c1")
    assert first.status_code == 200
    assert again.json() == first.json()


def test_a_removal_is_replayed(api, stage):
    path = f"/api/auth/enrollments/{api.enroll(stage)['enrollment_id']}/"
    for _ in range(2):
        answer = api.http.delete(path, HTTP_IDEMPOTENCY_KEY="d1")
        assert answer.status_code == 204
        assert answer.content == b""
    problem(api.http.delete(path), 404, "enrollment_not_found")


def test_reading_ignores_the_key(api, stage):
    token = api.enrollment_token()
    for status in ("pending", "cancelled"):
        answer = api.http.get(f"/api/auth/sessions/{token}/", HTTP_IDEMPOTENCY_KEY="k1")
        assert answer.json()["status"] == status
        api.cancel(token)


@pytest.mark.parametrize("key", ["", "with space", "x" * 256, "tab\t", "ключ", "\x7f"])
def test_a_key_that_is_none(api, stage, key):
    problem(open_enrollment(api, key), 400, "idempotency_key_invalid")
    assert not EnrollmentSession.objects.exists()


def test_the_longest_key_works(api, stage):
    key = "~" * 255
    assert open_enrollment(api, key).json() == open_enrollment(api, key).json()


def test_the_kept_answer_is_sealed(api, stage):
    token = open_enrollment(api, "k1").json()["session_token"]
    row = IdempotentRequest.objects.get()
    assert row.status == 201
    assert token.encode() not in bytes(row.answer)
    assert b"session_token" not in bytes(row.answer)
    assert "k1" not in {row.key_digest, row.request_digest}


def test_a_day_later_it_is_forgotten(api, stage):
    first = open_enrollment(api, "k1").json()
    old = timezone.now() - timedelta(hours=23, minutes=59)
    IdempotentRequest.objects.update(created_at=old)
    assert open_enrollment(api, "k1").json() == first
    IdempotentRequest.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    assert open_enrollment(api, "k1").json()["session_token"] != first["session_token"]


def test_the_sweep_removes_what_is_a_day_old(api, stage):
    open_enrollment(api, "old")
    IdempotentRequest.objects.update(created_at=timezone.now() - timedelta(hours=25))
    open_enrollment(api, "new")
    call_command("expire_sessions")
    assert IdempotentRequest.objects.count() == 1
    assert idempotency.remove_expired(limit=10) == 0


def test_without_a_token_no_key_is_taken(db):
    answer = anonymous().post(OPEN, {}, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    problem(answer, 401, "not_authenticated")
    assert not IdempotentRequest.objects.exists()


def test_a_replayed_frame_is_not_measured_again(api, stage):
    token, data, measured = api.enrollment_token(), stage.frame(), []
    stage.meanwhile = lambda: measured.append(1)
    for _ in range(3):
        post_frame(api.http, "f1", data, token)
    assert len(measured) == 1


def test_a_first_request_that_failed_this_moment_is_still_running():
    """Its row existed when this request's was refused, and has been deleted since."""
    with pytest.raises(idempotency.IdempotencyInProgress):
        idempotency._answer_again(None, "digest")
