"""Consent: recorded, demanded by the policy before an enrollment, withdrawn during one."""

import pytest

from clients.models import Subject
from enrollment.models import EnrollmentSession, FaceTemplate
from tests.clients.users import Users
from tests.stage import problem, upload

pytestmark = pytest.mark.django_db
CONSENT = {"given_at": "2026-11-24T08:15:00Z", "text_version": "2026-03", "source": "app"}


@pytest.fixture
def strict(make_api):
    """Create a client whose policy demands consent."""
    return make_api(require_consent=True)


def test_without_the_policy_nobody_asks(api, stage):
    assert api.enroll(stage, "alice")


def test_an_unknown_user_is_refused_and_not_created(strict, stage):
    problem(strict.open_enrollment("alice"), 409, "consent_required")
    assert not Subject.objects.exists()
    assert not EnrollmentSession.objects.exists()


def test_a_user_enrolls_once_the_consent_is_recorded(strict, stage):
    users = Users(strict)
    users.create("alice")
    problem(strict.open_enrollment("alice"), 409, "consent_required")
    users.change("alice", consent=CONSENT)
    strict.enroll(stage, "alice")
    assert users.read("alice").json()["is_enrolled"] is True


def test_a_deactivated_user_is_told_that_first(strict, stage):
    users = Users(strict)
    users.create("alice")
    users.post("alice", "deactivate")
    problem(strict.open_enrollment("alice"), 403, "user_inactive")


def test_withdrawing_it_stops_an_open_enrollment(strict, stage):
    users = Users(strict)
    users.create("alice", consent=CONSENT)
    token = strict.enrollment_token("alice", target_samples=2)
    assert strict.post_frame(token, stage.frame("alice")).json()["frame_accepted"]
    users.change("alice", consent=None)
    ended = strict.post_frame(token, stage.frame("alice")).json()
    assert (ended["session_status"], ended["reason"]) == ("failed", "consent_withdrawn")
    assert ended["enrollment_complete"] is False
    assert not FaceTemplate.objects.exists()


def test_withdrawing_it_while_the_last_frame_is_measured(strict, stage):
    users = Users(strict)
    users.create("alice", consent=CONSENT)
    token = strict.enrollment_token("alice", target_samples=1)
    stage.meanwhile = lambda: users.change("alice", consent=None)
    assert strict.post_frame(token, stage.frame("alice")).json()["reason"] == "consent_withdrawn"
    assert not FaceTemplate.objects.exists()


def test_a_session_keeps_the_policy_it_was_opened_with(api, stage):
    token = api.enrollment_token("alice", target_samples=1)
    api.client.policy = {"require_consent": True}
    api.client.save(update_fields=["policy"])
    assert api.post_frame(token, stage.frame("alice")).json()["enrollment_complete"]
    problem(api.open_enrollment("alice"), 409, "consent_required")


def test_a_template_stays_when_the_consent_is_withdrawn(strict, stage):
    """Withdrawal ends nothing by itself: the client erases the user, or does not."""
    users = Users(strict)
    users.create("alice", consent=CONSENT)
    strict.enroll(stage, "alice")
    users.change("alice", consent=None)
    assert strict.verify(stage.frame("alice"))["result"] == "success"


OLDER = {
    "000": (
        ("/api/enroll?username=alice", "cin_file", {}, {}),
        {"trained": "failed", "EnrollStatus": "REJECTED", "DecisionReason": "CONSENT_REQUIRED"},
    ),
    "001": (
        ("/api/register/", "image", {}, {"HTTP_USERNAME": "alice", "HTTP_GALLERYNAME": "staff"}),
        {"status": False, "message": "Cet utilisateur n'a pas donné son consentement."},
    ),
    "003": (
        ("/register/", "image", {"id": "alice"}, {}),
        {"error": "The client's policy demands a recorded consent of the user"},
    ),
}


@pytest.mark.parametrize("dialect", OLDER)
def test_an_older_api_refuses_in_its_own_shape(strict, stage, settings, dialect):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {dialect: strict.client.name}
    (address, file, fields, headers), answer = OLDER[dialect]
    body = {file: upload(stage.frame("alice")), **fields}
    refused = strict.http.post(address, body, format="multipart", **headers)
    assert refused.json() == answer
    assert refused.status_code == (409 if dialect == "003" else 200)
    assert not Subject.objects.exists()
