"""Facts of ended sessions and of security alerts, and what an erasure leaves of them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics import rolling
from analytics.models import AlertRecord, DaySummary, SessionFact, UserDay
from clients.models import Subject
from faceplatform import events
from tests.sessions.test_queries import statements

pytestmark = pytest.mark.django_db


def test_each_session_that_ends_leaves_one_fact(api, stage):
    api.enroll(stage, "alice")
    api.verify(stage.frame("alice"))
    api.identify(stage.frame("alice"))
    api.cancel(api.authentication_token("alice"))
    api.authentication_token("alice")  # open
    alice = Subject.objects.get(user_id="alice").pk
    found = SessionFact.objects.order_by("pk").values_list(
        "session_type", "outcome", "reason", "subject", "frames_received"
    )
    assert list(found) == [
        ("enrollment", "success", "enrolled", alice, 3),
        ("verification", "success", "matched", alice, 1),
        ("identification", "success", "matched", alice, 1),
        ("verification", "cancelled", "cancelled", alice, 0),
    ]


def test_a_fact_has_the_figures_of_the_session(make_api, stage, ended):
    api = make_api(probe_frames=1)
    api.enroll(stage, "alice", frames=1)
    api.verify(stage.frame("bob"), "alice")
    event = ended[-1]
    row = SessionFact.objects.latest("pk")
    assert (row.outcome, row.reason, row.capture_type, row.source) == (
        "failure",
        "no_match",
        "api",
        "api",
    )
    assert (row.similarity, row.quality) == (event.similarity, event.quality)
    assert row.session_public_id == event.public_id
    assert row.false_match_rate == event.policy["false_match_rate"]
    assert row.model_key == event.model
    assert row.stage_milliseconds == event.stage_milliseconds
    assert row.ended_at == event.at
    assert row.duration_ms == round(event.duration.total_seconds() * 1000)


def test_a_frame_costs_nothing_and_an_ending_one_insert(api, stage):
    token = api.enrollment_token(target_samples=2)
    api.post_frame(token, stage.frame())
    token = api.enrollment_token("bob", target_samples=2)
    with CaptureQueriesContext(connection) as captured:
        api.post_frame(token, stage.frame("bob"))
    assert not [each for each in statements(captured) if "analytics" in each]
    with CaptureQueriesContext(connection) as captured:
        answer = api.post_frame(token, stage.frame("bob"))
    assert answer.json()["enrollment_complete"]
    found = [each for each in statements(captured) if "analytics" in each]
    assert found == ["INSERT analytics_sessionfact"]


def test_an_ending_that_is_rolled_back_leaves_no_fact(api, stage):
    def fail(event, **_):
        raise ZeroDivisionError

    token = api.enrollment_token(target_samples=1)
    events.published.connect(fail, sender=events.SessionEnded)
    try:
        assert api.post_frame(token, stage.frame()).status_code == 500
    finally:
        events.published.disconnect(fail, sender=events.SessionEnded)
    assert not SessionFact.objects.exists()


def alert(api, subject=None, **detail) -> None:
    events.publish(
        events.SecurityAlert(
            client_id=api.client.pk,
            subject_id=subject.pk if subject else None,
            at=timezone.now(),
            alert="refresh_token_reused",
            detail=detail,
        )
    )


def test_an_erased_user_is_counted_and_not_named(api, stage):
    api.enroll(stage, "alice")
    api.identify(stage.frame("alice"))
    alice = Subject.objects.get()
    alert(api, alice, user_id="alice")
    AlertRecord.objects.update(note="alice was here")
    rolling.roll_up(limit=500)
    assert UserDay.objects.count() == 1
    counts = api.http.delete("/api/clients/users/alice/").json()["counts"]
    assert (counts["session_facts"], counts["user_days"], counts["security_alerts"]) == (2, 1, 1)
    for row in SessionFact.objects.all():
        assert (row.subject, row.session_public_id) == (None, None)
        assert (row.similarity, row.quality, row.liveness_score) == (None, None, None)
    left = AlertRecord.objects.get()
    assert (left.subject, left.detail, left.note) == (None, {}, "")
    assert not UserDay.objects.exists()
    row = DaySummary.objects.get()
    assert (row.sessions, row.unique_users) == (2, 1)
    rolling.roll_up(limit=500)  # the session that the erasure ended, if one was open
    assert DaySummary.objects.get().unique_users == 1


def test_a_session_that_the_erasure_ends_names_nobody(api, stage):
    api.enrollment_token("alice")
    api.http.delete("/api/clients/users/alice/")
    row = SessionFact.objects.get()
    assert (row.outcome, row.subject, row.session_public_id) == ("cancelled", None, None)
