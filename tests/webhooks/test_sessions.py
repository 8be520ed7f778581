"""Events of the sessions of the main API and of imports, in the order in which they happened."""

from datetime import UTC, datetime

import jwt
import pytest

from authentication.models import AuthenticationSession
from clients.models import Client, Subject, UserAttempts
from enrollment.models import EnrollmentSession
from faceplatform.engine.testing import LIVE, SPOOF
from faceplatform.sessions.ending import expire_overdue
from tests.imports import importing
from tests.stage import problem
from tests.webhooks.receiving import bodies, told, types
from webhooks.models import Delivery

pytestmark = pytest.mark.django_db
CREATED = ("subject.created", None)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
STARTED = ("enrollment.started", None)


def new(endpoint, earlier: int = 0):
    """Return what an endpoint was told after so many events."""
    return told(endpoint)[earlier:]


@pytest.fixture
def enrolled(api, stage, endpoint) -> int:
    """A user is enrolled; return the number of events before the test's own."""
    api.enroll(stage)
    return Delivery.objects.count()


def data_of(endpoint) -> dict:
    return bodies(endpoint)[-1]["data"]


def test_an_enrollment(make_api, stage, endpoint_of):
    api = make_api(liveness="passive")
    endpoint = endpoint_of(api)
    opened = api.enroll(stage)
    assert told(endpoint) == [CREATED, STARTED, ("enrollment.completed", "enrolled")]
    started, completed = bodies(endpoint)[1:]
    enrollment = api.enrollment(opened["enrollment_id"]).json()
    for name in ("enrollment_id", "user_id", "capture_type", "metadata", "created_at"):
        assert started["data"][name] == completed["data"][name] == enrollment[name], name
    assert started["data"]["expires_at"] == enrollment["expires_at"]
    for name in ("status", "reason", "duplicate_suspected", "finished_at"):
        assert completed["data"][name] == enrollment[name], name
    assert completed["timestamp"] == enrollment["finished_at"]
    assert completed["data"]["source"] == "api"
    assert completed["data"]["liveness_verified"] is True
    assert completed["data"]["frames_received"] == 3
    status = api.http.get("/api/core/status/").json()
    assert completed["data"]["false_match_rate"] == status["policy"]["false_match_rate"]


@pytest.mark.parametrize("user_id", ["alice", None])
def test_an_authentication_that_recognizes(api, stage, endpoint, enrolled, user_id):
    token = api.authentication_token(user_id, metadata={"gate": 4})
    answer = api.post_frame(token, stage.frame()).json()
    assert new(endpoint, enrolled) == [("authentication.succeeded", "matched")]
    data = data_of(endpoint)
    for name in ("session_type", "result", "similarity_score", "matched_user"):
        assert data[name] == answer[name], name
    assert (data["user_id"], data["metadata"]) == (user_id, {"gate": 4})
    status = api.session(token).json()
    for name in ("status", "reason", "created_at", "finished_at", "frames_received"):
        assert data[name] == status[name], name
    exchanged = api.http.post("/api/core/auth/user/", {"session_token": token}, format="json")
    signed = exchanged.json()["result_token"]
    claims = jwt.decode(signed, options={"verify_signature": False})
    assert data["session_id"] == claims["session_id"]


def test_an_authentication_that_does_not(make_api, stage, endpoint_of):
    api = make_api(probe_frames=1)
    endpoint = endpoint_of(api)
    api.enroll(stage)
    earlier = len(told(endpoint))
    answer = api.verify(stage.frame("mallory"))
    assert new(endpoint, earlier) == [("authentication.failed", "no_match")]
    data = data_of(endpoint)
    assert (data["result"], data["matched_user"]) == ("failure", None)
    assert data["similarity_score"] == answer["similarity_score"]


@pytest.mark.parametrize("kind", ["enrollment", "authentication"])
def test_sessions_that_are_cancelled_or_run_out_of_time(api, stage, endpoint, enrolled, kind):
    opens = {
        "enrollment": lambda: api.enrollment_token("alice"),
        "authentication": lambda: api.authentication_token("alice"),
    }[kind]
    api.cancel(opens())
    token = opens()
    session_model(kind).filter(status__in=("pending", "active")).update(expires_at=LONG_AGO)
    assert expire_overdue() == 1
    problem(api.post_frame(token, stage.frame()), 410, "session_expired")
    expected = [(f"{kind}.failed", "cancelled"), (f"{kind}.expired", "expired")]
    assert [each for each in new(endpoint, enrolled) if each != STARTED] == expected
    assert data_of(endpoint)["status"] == "expired"


def session_model(kind: str):
    if kind == "enrollment":
        return EnrollmentSession.objects
    return AuthenticationSession.objects


def test_a_duplicate_is_refused(api, stage, endpoint, enrolled):
    token = api.enrollment_token("bob", target_samples=1)
    problem(api.post_frame(token, stage.frame("alice")), 409, "duplicate_face")
    expected = [CREATED, STARTED, ("enrollment.failed", "duplicate_face")]
    assert new(endpoint, enrolled) == expected


def test_or_flagged(make_api, stage, endpoint_of):
    api = make_api(duplicate_face="flag")
    endpoint = endpoint_of(api)
    api.enroll(stage, "alice")
    assert data_of(endpoint)["duplicate_suspected"] is False
    api.enroll(stage, "bob", person="alice")
    assert told(endpoint)[-1] == ("enrollment.completed", "enrolled")
    assert data_of(endpoint)["duplicate_suspected"] is True


def test_an_enrollment_ends_the_user_s_others_first(api, stage, endpoint, enrolled):
    api.enrollment_token("alice")
    api.enroll(stage, "alice")
    assert new(endpoint, enrolled) == [
        STARTED,
        STARTED,
        ("enrollment.failed", "superseded"),
        ("enrollment.completed", "enrolled"),
    ]


@pytest.mark.parametrize("kind", ["enrollment", "authentication"])
def test_too_many_suspected_spoofs(make_api, stage, endpoint_of, kind):
    api = make_api(liveness="passive", max_spoof_frames=2)
    endpoint = endpoint_of(api)
    api.enroll(stage)
    earlier = len(told(endpoint))
    opens = {"enrollment": api.enrollment_token, "authentication": api.authentication_token}
    token = opens[kind]("alice")
    for _ in range(2):
        api.post_frame(token, stage.frame(liveness=SPOOF))
    expected = [("liveness.failed", "liveness_failed"), (f"{kind}.failed", "liveness_failed")]
    assert [each for each in new(endpoint, earlier) if each != STARTED] == expected
    failed, ended = bodies(endpoint)[-2:]
    assert (failed["data"]["kind"], failed["data"]["user_id"]) == (kind, "alice")
    assert failed["data"]["spoof_frames"] == ended["data"]["spoof_frames"] == 2
    ids = {"enrollment": "enrollment_id", "authentication": "session_id"}
    assert failed["data"]["session_id"] == ended["data"][ids[kind]]


def test_a_suspected_spoof_and_no_frames_left(make_api, stage, endpoint_of):
    api = make_api(liveness="passive", max_enrollment_frames=3, max_spoof_frames=5)
    endpoint = endpoint_of(api)
    token = api.enrollment_token("alice", target_samples=3)
    for liveness in (LIVE, SPOOF, LIVE):
        api.post_frame(token, stage.frame(liveness=liveness))
    expected = [("liveness.failed", "frame_limit"), ("enrollment.failed", "frame_limit")]
    assert told(endpoint)[2:] == expected


def test_no_frames_left_without_any_suspicion(make_api, stage, endpoint_of):
    api = make_api(max_enrollment_frames=3)
    endpoint = endpoint_of(api)
    token = api.enrollment_token("alice", target_samples=3)
    for _ in range(3):
        api.post_frame(token, stage.frame(faces=0))
    assert told(endpoint)[2:] == [("enrollment.failed", "frame_limit")]


def test_the_failure_that_locks_a_user(make_api, stage, endpoint_of):
    api = make_api(probe_frames=1)
    endpoint = endpoint_of(api)
    api.enroll(stage)
    UserAttempts.objects.create(subject=Subject.objects.get(), failures=49, failed_at=LONG_AGO)
    earlier = len(told(endpoint))
    api.verify(stage.frame("mallory"))
    assert types(endpoint)[earlier:] == ["subject.locked", "authentication.failed"]
    locked = bodies(endpoint)[earlier]["data"]
    assert locked == {"user_id": "alice", "failed_attempts": 50}


def test_an_import_of_images(api, stage, endpoint):
    images = {"ada.jpg": stage.frame("ada"), "eve.jpg": stage.frame("eve", faces=0)}
    Client.objects.filter(pk=api.client.pk).update(policy={"min_target_samples": 1})
    job = importing.started(api, importing.archive(images))
    importing.run()
    assert told(endpoint) == [
        CREATED,
        STARTED,
        ("enrollment.completed", "enrolled"),
        CREATED,
        STARTED,
        ("enrollment.failed", "frame_limit"),
        ("import.completed", None),
    ]
    assert bodies(endpoint)[2]["data"]["source"] == "import"
    read = importing.read(api, job)
    data = data_of(endpoint)
    assert data["import_id"] == job
    for name in ("status", "reason", "total", "results"):
        assert data[name] == read[name], name


def test_an_import_that_is_cancelled(api, endpoint):
    importing.cancel(api, importing.started(api, importing.table(("ada",))))
    assert types(endpoint) == ["import.completed"]
    assert data_of(endpoint)["status"] == "cancelled"
