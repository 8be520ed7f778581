"""Every kind of ending: a receiver reads exactly what is committed, and the event says the same."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from authentication.models import AuthenticationSession, ProbeSample
from clients import credentials
from enrollment.models import EnrollmentImage, EnrollmentSample, EnrollmentSession, FaceTemplate
from faceplatform.engine.testing import SPOOF
from faceplatform.events import SessionEnded, published
from faceplatform.sessions.ending import expire_overdue
from legacy import services as legacy
from tests.stage import problem

pytestmark = pytest.mark.django_db

SESSIONS: dict[str, Any] = {
    "enrollment": EnrollmentSession,
    "authentication": AuthenticationSession,
}


@dataclass
class Told:
    """An event and the rows that its receiver read."""

    event: SessionEnded
    session: dict[str, Any]
    counts: dict[str, int]


def row_of(event: SessionEnded) -> dict[str, Any]:
    model = SESSIONS[event.kind]
    return model.objects.filter(pk=event.session_id).values().get()


def counts() -> dict[str, int]:
    """Return the number of rows of each model that an ending adds to or deletes from."""
    models = (EnrollmentSample, ProbeSample, EnrollmentImage, FaceTemplate)
    return {model.__name__: model.objects.count() for model in models}


@pytest.fixture
def told():
    """Events with the rows that a receiver reads when it gets them."""
    caught: list[Told] = []

    def receive(event, **_):
        if isinstance(event, SessionEnded):
            caught.append(Told(event, row_of(event), counts()))

    published.connect(receive)
    yield caught
    published.disconnect(receive)


def the_ending(told: list[Told], *, others: int = 0) -> SessionEnded:
    """Return the event of the session that ended last, once it equals the rows that were read and
    those that are there now."""
    assert len(told) == 1 + others
    last = told[-1]
    for each in told:
        assert each.session == row_of(each.event)
        equal_to_row(each.event)
    assert last.counts == counts()
    return last.event


def equal_to_row(event: SessionEnded) -> None:
    session = SESSIONS[event.kind].objects.select_related("subject").get(pk=event.session_id)
    matched = getattr(session, "matched_subject", None)
    row = {
        "client_id": session.client_id,
        "subject_id": session.subject_id,
        "at": session.finished_at,
        "public_id": session.public_id,
        "user_id": session.subject.user_id if session.subject else None,
        "matched_subject_id": matched.pk if matched else None,
        "matched_user_id": matched.user_id if matched else None,
        "capture_type": session.capture_type,
        "source": session.source,
        "metadata": session.metadata,
        "status": session.status,
        "reason": session.reason,
        "frames_received": session.frames_received,
        "frames_accepted": session.frames_accepted,
        "spoof_frames": session.spoof_frames,
        "similarity": getattr(session, "similarity_score", None),
        "duplicate_suspected": getattr(session, "duplicate_suspected", False),
        "policy": session.policy,
        "model": session.model_key,
        "opened_at": session.created_at,
        "stage_milliseconds": session.stage_milliseconds,
    }
    assert {name: getattr(event, name) for name in row} == row
    assert event.duration == session.finished_at - session.created_at
    if event.kind == "authentication":
        assert event.liveness_verified == session.liveness_verified
    else:
        template = session.templates.first()
        assert event.liveness_verified == (template is not None and template.liveness_verified)


def outcome(event: SessionEnded) -> tuple[str, str]:
    return event.status, event.reason


def test_enrolled(make_api, stage, told):
    api = make_api(liveness="passive", keep_images=True)
    token = api.enrollment_token(target_samples=2, metadata={"desk": 7})
    api.post_frame(token, stage.frame(faces=0))
    api.post_frame(token, stage.frame())
    api.post_frame(token, stage.frame())
    event = the_ending(told)
    assert outcome(event) == ("completed", "enrolled")
    assert (event.user_id, event.metadata, event.source) == ("alice", {"desk": 7}, "api")
    assert (event.frames_received, event.frames_accepted) == (3, 2)
    template = FaceTemplate.objects.get()
    assert event.quality == pytest.approx(template.quality)
    assert event.liveness_verified
    assert 0 < event.liveness_score <= 1
    assert told[0].counts == {
        "EnrollmentSample": 0,
        "ProbeSample": 0,
        "EnrollmentImage": 2,
        "FaceTemplate": 1,
    }


def test_the_stages_of_all_frames_are_summed(api, stage, told):
    token = api.enrollment_token(target_samples=2)
    answers = [api.post_frame(token, stage.frame()) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    summed = the_ending(told).stage_milliseconds
    assert {"decode", "detection"} <= summed.keys()
    assert summed["detection"] == 2 * 1.0  # milliseconds of the scripted engine


def test_duplicate(api, stage, told):
    api.enroll(stage, "alice")
    told.clear()
    token = api.enrollment_token("bob", target_samples=1)
    problem(api.post_frame(token, stage.frame("alice")), 409, "duplicate_face")
    event = the_ending(told)
    assert outcome(event) == ("failed", "duplicate_face")
    assert (event.user_id, event.frames_accepted) == ("bob", 1)


def test_flagged_duplicate(make_api, stage, told):
    api = make_api(duplicate_face="flag")
    api.enroll(stage, "alice")
    told.clear()
    api.enroll(stage, "bob", person="alice")
    event = the_ending(told)
    assert outcome(event) == ("completed", "enrolled")
    assert event.duplicate_suspected


def test_superseded_by_another_enrollment(api, stage, told):
    api.enrollment_token("alice", target_samples=3)
    newer = api.enrollment_token("alice", target_samples=1)
    api.post_frame(newer, stage.frame())
    event = the_ending(told, others=1)
    assert outcome(event) == ("completed", "enrolled")
    assert outcome(told[0].event) == ("failed", "superseded")


@pytest.mark.parametrize(("kind", "rate"), [("verification", 1e-4), ("identification", 1e-3)])
def test_matched(make_api, stage, told, kind, rate):
    api = make_api(liveness="passive")
    api.enroll(stage)
    told.clear()
    named = "alice" if kind == "verification" else None
    answer = api.post_frame(api.authentication_token(named), stage.frame()).json()
    assert answer["result"] == "success"
    event = the_ending(told)
    assert outcome(event) == ("completed", "matched")
    assert (event.user_id, event.matched_user_id) == (named, "alice")
    assert round(event.similarity, 3) == answer["similarity_score"]
    assert event.liveness_verified
    assert event.policy["false_match_rate"] == rate


def test_no_match(make_api, stage, told):
    api = make_api(probe_frames=1)
    api.enroll(stage)
    told.clear()
    api.verify(stage.frame("mallory"))
    event = the_ending(told)
    assert outcome(event) == ("completed", "no_match")
    assert (event.user_id, event.matched_user_id) == ("alice", None)
    assert event.similarity is not None


def test_expired(api, stage, told):
    api.enroll(stage)
    told.clear()
    token = api.authentication_token("alice")
    api.post_frame(token, stage.frame("mallory"))  # undecided: a score and a sample
    past = timezone.now() - timedelta(seconds=1)
    AuthenticationSession.objects.update(expires_at=past)
    assert expire_overdue() == 1
    event = the_ending(told)
    assert outcome(event) == ("expired", "expired")
    assert event.similarity is not None
    assert event.quality is not None


def test_cancelled(make_api, stage, told):
    api = make_api(keep_images=True)
    token = api.enrollment_token(target_samples=3)
    api.post_frame(token, stage.frame())
    api.cancel(token)
    assert outcome(the_ending(told)) == ("cancelled", "cancelled")
    assert told[0].counts["EnrollmentImage"] == 0


def test_its_credential_was_revoked(api, stage, told):
    token = api.enrollment_token(target_samples=3)
    api.post_frame(token, stage.frame())
    credentials.revoke(api.issued.credential)
    assert outcome(the_ending(told)) == ("cancelled", "credential_revoked")


def test_it_gave_up_after_its_last_frame(make_api, stage, told):
    api = make_api(max_authentication_frames=2, probe_frames=3)
    api.enroll(stage)
    told.clear()
    token = api.authentication_token("alice")
    for _ in range(2):
        api.post_frame(token, stage.frame("mallory"))
    event = the_ending(told)
    assert outcome(event) == ("completed", "frame_limit")
    assert event.similarity is not None


def test_it_gave_up_after_an_image_that_cannot_be_used(make_api, told):
    api = make_api(max_enrollment_frames=1)
    problem(api.post_frame(api.enrollment_token(), b"no image"), 400, "image_unreadable")
    event = the_ending(told)
    assert outcome(event) == ("failed", "frame_limit")
    assert (event.frames_received, event.frames_accepted, event.quality) == (1, 0, None)


def test_it_gave_up_on_spoofs(make_api, stage, told):
    api = make_api(liveness="passive", max_spoof_frames=2)
    token = api.enrollment_token(target_samples=3)
    api.post_frame(token, stage.frame())
    for _ in range(2):
        api.post_frame(token, stage.frame(liveness=SPOOF))
    event = the_ending(told)
    assert outcome(event) == ("failed", "liveness_failed")
    assert (event.frames_accepted, event.spoof_frames) == (1, 2)
    assert not event.liveness_verified


def test_an_older_api_gave_up(make_api, stage, told):
    api = make_api()
    api.enroll(stage)
    told.clear()
    result = legacy.verify(api.client, "alice", [stage.frame(faces=0)], source="legacy_003")
    assert result.reason == "no_face"
    event = the_ending(told)
    assert outcome(event) == ("completed", "frame_limit")
    assert event.source == "legacy_003"
