"""The outcomes of frames that a session's row stores, for its page in the admin."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authentication.models import AuthenticationSession
from enrollment.models import EnrollmentSession
from faceplatform.sessions import frame_outcomes
from faceplatform.sessions.frame_outcomes import outcomes_of
from tests.stage import quality

pytestmark = pytest.mark.django_db


def told(session) -> list[tuple[str, bool]]:
    return [(outcome.reason, outcome.accepted) for outcome in outcomes_of(session)]


def test_an_enrollment_stores_each_frame(api, stage):
    token = api.enrollment_token(target_samples=2)
    for image in (stage.frame(quality=quality(sharpness=0.0)), b"no image", stage.frame()):
        api.post_frame(token, image)
    refused, unreadable, accepted = outcomes_of(EnrollmentSession.objects.get())
    assert (refused.reason, refused.accepted) == ("blurred", False)
    assert (unreadable.reason, unreadable.quality, unreadable.stages) == (
        "image_unreadable",
        None,
        {},
    )
    assert (accepted.reason, accepted.accepted, accepted.liveness_score) == ("accepted", True, None)
    assert accepted.quality is not None
    assert 0 <= refused.milliseconds <= unreadable.milliseconds <= accepted.milliseconds
    api.post_frame(token, stage.frame())
    assert told(EnrollmentSession.objects.get())[-1] == ("enrolled", True)


def test_an_authentication_stores_each_frame_until_it_ends(api, stage):
    api.enroll(stage)
    token = api.authentication_token("alice")
    api.post_frame(token, stage.frame("stranger"))
    assert told(AuthenticationSession.objects.get()) == [("undecided", True)]
    api.post_frame(token, stage.frame("alice", faces=2))
    api.cancel(token)
    session = AuthenticationSession.objects.get()
    assert session.status == "cancelled"
    assert told(session) == [("undecided", True), ("multiple_faces", False)]


def test_they_are_bounded(api, stage, monkeypatch):
    monkeypatch.setattr(frame_outcomes, "MOST_OUTCOMES", 2)
    token = api.enrollment_token(target_samples=4)
    for _ in range(3):
        api.post_frame(token, stage.frame())
    session = EnrollmentSession.objects.get()
    assert (session.frames_received, len(outcomes_of(session))) == (3, 2)


@pytest.mark.parametrize("url", ["/api/auth/enrollments/", "/api/clients/users/alice/enrollments/"])
def test_lists_do_not_read_them(api, stage, url):
    api.enroll(stage)
    with CaptureQueriesContext(connection) as captured:
        assert len(api.http.get(url).json()["results"]) == 1
    assert not [query for query in captured if "frame_outcomes" in query["sql"]]
