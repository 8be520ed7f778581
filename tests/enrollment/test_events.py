"""Events, published inside the transaction, so that a receiver that fails undoes it all."""

import pytest

from enrollment.models import EnrollmentSample, EnrollmentSession, FaceTemplate, GalleryChange
from faceplatform.events import SessionEnded, SessionOpened, UserCreated, published
from tests.stage import problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def failing():
    """A receiver that fails, but not while a session is opened."""

    def receive(event, **_):
        if isinstance(event, UserCreated | SessionOpened):
            return
        raise RuntimeError("the receiver's own secret")

    published.connect(receive)
    yield
    published.disconnect(receive)


def test_a_completed_enrollment(make_api, stage, heard):
    api = make_api(liveness="passive")
    api.enroll(stage)
    event = heard[-1]
    session = EnrollmentSession.objects.get()
    assert isinstance(event, SessionEnded)
    assert (event.client_id, event.subject_id) == (api.client.pk, session.subject_id)
    assert (event.kind, event.session_id) == ("enrollment", session.pk)
    assert (event.status, event.reason) == ("completed", "enrolled")
    assert (event.similarity, event.liveness_verified) == (None, True)


def test_a_successful_identification_tells_who(api, stage, heard):
    api.enroll(stage)
    heard.clear()
    answer = api.identify(stage.frame())
    opened, event = heard
    assert isinstance(opened, SessionOpened)
    assert (opened.kind, opened.user_id) == ("authentication", None)
    assert (event.kind, event.status, event.reason) == ("authentication", "completed", "matched")
    assert event.similarity == pytest.approx(answer["similarity_score"], abs=1e-3)
    assert event.liveness_verified is False


def test_a_failed_verification(make_api, stage, ended):
    api = make_api(probe_frames=1)
    api.enroll(stage)
    ended.clear()
    api.verify(stage.frame("mallory"))
    (event,) = ended
    assert (event.status, event.reason) == ("completed", "no_match")
    assert event.subject_id == api.client.subjects.get().pk


def test_a_frame_on_the_way_is_no_event(api, stage, heard):
    token = api.enrollment_token()
    heard.clear()
    api.post_frame(token, stage.frame())
    api.post_frame(token, stage.frame(faces=0))
    assert heard == []
    api.cancel(token)
    assert [event.reason for event in heard] == ["cancelled"]


def test_a_duplicate_is_told_once_although_the_answer_is_a_409(api, stage, heard):
    api.enroll(stage, "alice")
    token = api.enrollment_token("bob", target_samples=1)
    heard.clear()
    problem(api.post_frame(token, stage.frame("alice")), 409, "duplicate_face")
    assert [(event.status, event.reason) for event in heard] == [("failed", "duplicate_face")]


def test_a_failing_receiver_undoes_the_completion(api, stage, failing):
    token = api.enrollment_token(target_samples=2)
    api.post_frame(token, stage.frame())
    answer = api.post_frame(token, stage.frame())
    problem(answer, 500, "internal_error")
    assert b"secret" not in answer.content
    session = EnrollmentSession.objects.get()
    assert (session.status, session.frames_received) == ("processing", 1)
    assert EnrollmentSample.objects.count() == 1
    assert not FaceTemplate.objects.exists()
    assert not GalleryChange.objects.exists()


def test_after_it_the_same_frame_can_be_sent_again(api, stage):
    token, data = api.enrollment_token(target_samples=1), stage.frame()

    def fail(event, **_):
        raise RuntimeError

    published.connect(fail)
    problem(api.post_frame(token, data), 500, "internal_error")
    published.disconnect(fail)
    assert api.post_frame(token, data).json()["enrollment_complete"] is True
    assert api.identify(stage.frame())["result"] == "success"


def test_a_failing_receiver_undoes_a_reenrollment(api, stage):
    api.enroll(stage, "alice", person="old face")
    token = api.enrollment_token("alice", target_samples=1)

    def fail(event, **_):
        raise RuntimeError

    published.connect(fail)
    problem(api.post_frame(token, stage.frame("new face")), 500, "internal_error")
    published.disconnect(fail)
    assert api.verify(stage.frame("old face"))["result"] == "success"
    assert api.identify(stage.frame("old face"))["result"] == "success"
    assert api.identify(stage.frame("new face"))["result"] is None


@pytest.fixture
def enrolled(api, stage):
    return api.enroll(stage)


def test_a_failing_receiver_undoes_a_removal(api, stage, enrolled, failing):
    problem(api.remove(enrolled["enrollment_id"]), 500, "internal_error")
    assert FaceTemplate.objects.count() == 1
    assert api.enrollment(enrolled["enrollment_id"]).status_code == 200


def test_a_failing_receiver_undoes_a_cancellation(api, stage, failing):
    token = api.enrollment_token()
    problem(api.cancel(token), 500, "internal_error")
    assert api.session(token).json()["status"] == "pending"


def test_a_failing_receiver_undoes_a_match(api, stage, enrolled, failing):
    token = api.authentication_token("alice")
    problem(api.post_frame(token, stage.frame()), 500, "internal_error")
    status = api.session(token).json()
    assert (status["status"], status["result"]) == ("active", None)
