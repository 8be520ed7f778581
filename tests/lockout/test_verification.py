"""Failed verifications of a user: delays, the lock, and what ends them."""

import pytest
from django.utils import timezone

from authentication.models import AuthenticationSession
from clients.lockout import services as lockout
from clients.models import Subject, UserAttempts
from clients.users.erasure import erase_subject
from faceplatform import events
from faceplatform.engine.testing import SPOOF
from tests.lockout.conftest import renew
from tests.stage import problem

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def enrolled(one, stage, clock):
    one.enroll(stage, "alice", frames=1)


def state(user_id: str = "alice"):
    return lockout.state_of(Subject.objects.get(user_id=user_id))


def wait_and_fail(one, clock, fail, times: int) -> None:
    for _ in range(times):
        clock(3600)
        renew(one)
        fail(one)


def test_the_sixth_attempt_waits(one, stage, clock, fail):
    fail(one, 5)
    answer = one.open_authentication("alice")
    body = problem(answer, 429, "verification_delayed")
    assert answer["Retry-After"] == "30"
    assert body["locked_until"] == state().locked_until.isoformat().replace("+00:00", "Z")
    clock(29)
    problem(one.open_authentication("alice"), 429, "verification_delayed")
    clock(1)
    assert one.open_authentication("alice").status_code == 201


def test_each_further_failure_doubles_the_delay(one, clock, fail):
    fail(one, 5)
    for seconds in (30, 60, 120):
        assert one.open_authentication("alice")["Retry-After"] == str(seconds)
        clock(seconds)
        fail(one)


def test_a_success_begins_again(one, stage, fail):
    fail(one, 4)
    assert one.verify(stage.frame("alice"))["result"] == "success"
    assert state().consecutive_failures == 0
    fail(one, 5)
    problem(one.open_authentication("alice"), 429, "verification_delayed")


def test_another_user_is_not_concerned(one, stage, fail):
    one.enroll(stage, "bob", frames=1)
    fail(one, 5)
    assert one.verify(stage.frame("bob"), "bob")["result"] == "success"


def test_the_fiftieth_failure_locks_until_the_client_unlocks(one, stage, clock, fail, heard):
    fail(one, 5)
    wait_and_fail(one, clock, fail, 45)
    (locked,) = [event for event in heard if isinstance(event, events.UserLocked)]
    assert (locked.user_id, locked.failures) == ("alice", 50)
    clock(1_000_000)
    renew(one)
    answer = one.open_authentication("alice")
    assert problem(answer, 423, "user_locked")["locked_until"] is None
    assert "Retry-After" not in answer
    assert state().is_locked
    unlocked = one.http.post("/api/clients/users/alice/unlock/")
    assert unlocked.status_code == 200
    assert unlocked.json() == {
        "user_id": "alice",
        "consecutive_failures": 0,
        "locked_until": None,
        "is_locked": False,
    }
    assert one.verify(stage.frame("alice"))["result"] == "success"


def test_an_unlock_ends_a_delay(one, fail):
    fail(one, 5)
    one.http.post("/api/clients/users/alice/unlock/")
    assert one.open_authentication("alice").status_code == 201


def test_nobody_unlocks_another_clients_user(one, other, fail):
    fail(one, 5)
    problem(other.http.post("/api/clients/users/alice/unlock/"), 404, "user_not_found")
    problem(one.http.post("/api/clients/users/nobody/unlock/"), 404, "user_not_found")
    assert state().consecutive_failures == 5


def test_enrolling_again_resets_nothing(one, stage, fail):
    fail(one, 5)
    one.enroll(stage, "alice", frames=1)
    problem(one.open_authentication("alice"), 429, "verification_delayed")


def test_erasing_the_user_removes_the_count(one, fail):
    fail(one, 5)
    erase_subject(Subject.objects.get())
    assert not UserAttempts.objects.exists()


@pytest.fixture
def compared(make_api, stage):
    """Create a client that fuses three frames, and a session of it with one frame compared."""
    api = make_api("initech", probe_frames=3, max_authentication_frames=4)
    api.enroll(stage, "alice", frames=1)
    token = api.authentication_token("alice")
    assert api.post_frame(token, stage.frame("mallory")).json()["reason"] == "undecided"
    return api, token


def failures(api) -> tuple[int, int]:
    count = UserAttempts.objects.get(subject__client=api.client)
    return count.failures, count.pending


def test_one_session_is_one_attempt(compared, stage):
    api, token = compared
    assert failures(api) == (0, 1)
    api.post_frame(token, stage.frame("mallory"))
    assert failures(api) == (0, 1)
    assert api.post_frame(token, stage.frame("mallory")).json()["reason"] == "no_match"
    assert failures(api) == (1, 0)


def test_cancelling_after_a_comparison_is_a_failure(compared):
    api, token = compared
    assert api.cancel(token).status_code == 200
    assert failures(api) == (1, 0)


def test_letting_it_expire_after_a_comparison_is_a_failure(compared, clock):
    api, token = compared
    clock(600)
    assert api.session(token).json()["status"] == "expired"
    problem(api.post_frame(token, b"x"), 410, "session_expired")
    assert failures(api) == (1, 0)


def test_running_into_the_frame_limit_after_a_comparison_is_a_failure(compared, stage):
    api, token = compared
    for _ in range(3):
        answer = api.post_frame(token, stage.frame("nobody", faces=0))
    assert answer.json()["reason"] == "frame_limit"
    assert failures(api) == (1, 0)


def test_a_session_without_a_comparison_is_no_attempt(one, stage, clock):
    for _ in range(8):
        token = one.authentication_token("alice")
        assert one.post_frame(token, stage.frame(faces=0)).json()["reason"] == "no_face"
        one.cancel(token)
    assert not UserAttempts.objects.exists()


def test_sessions_in_progress_count_as_if_they_had_failed(make_api, stage):
    api = make_api("initech", probe_frames=3)
    api.enroll(stage, "alice", frames=1)
    tokens = [api.authentication_token("alice") for _ in range(6)]
    for token in tokens[:5]:
        api.post_frame(token, stage.frame("mallory"))
    problem(api.open_authentication("alice"), 429, "verification_delayed")
    # The sixth was opened before. Nothing of its comparisons is told, not even to its own user.
    answers = [api.post_frame(tokens[5], stage.frame("alice")).json() for _ in range(3)]
    assert [a["reason"] for a in answers] == ["undecided", "undecided", "verification_delayed"]
    assert {a["similarity_score"] for a in answers} == {None}
    assert {a["result"] for a in answers} == {None, "failure"}
    assert failures(api) == (0, 5)  # it was no attempt
    # A success in progress ends the count.
    assert api.post_frame(tokens[0], stage.frame("mallory")).json()["reason"] == "undecided"


def test_a_session_open_when_the_user_is_locked_compares_no_more(compared, stage):
    api, token = compared
    UserAttempts.objects.update(failures=50, locked_at=timezone.now())
    answer = api.post_frame(token, stage.frame("mallory")).json()
    assert (answer["reason"], answer["result"]) == ("user_locked", "failure")


def test_liveness_doubles_the_attempts_and_failed_checks_are_attempts(make_api, stage):
    api = make_api("initech", liveness="passive", probe_frames=1, max_spoof_frames=1)
    api.enroll(stage, "alice", frames=1)
    for _ in range(10):
        answer = api.verify(stage.frame("mallory", liveness=SPOOF))
        assert answer["reason"] == "liveness_failed"
    problem(api.open_authentication("alice"), 429, "verification_delayed")
    assert AuthenticationSession.objects.filter(is_attempt=True).count() == 10


def test_an_unlock_frees_the_places_of_undecided_verifications(make_api, stage):
    """They fail later, and count then; until then nobody who was unlocked is delayed by them."""
    api = make_api("globex", probe_frames=2)
    api.enroll(stage, "bob", frames=1)
    tokens = [api.open_authentication("bob").json()["session_token"] for _ in range(5)]
    for token in tokens:
        undecided = api.post_frame(token, stage.frame("mallory")).json()
        assert undecided["reason"] == "undecided"
    problem(api.open_authentication("bob"), 429, "verification_delayed")
    unlocked = api.http.post("/api/clients/users/bob/unlock/").json()
    assert (unlocked["locked_until"], unlocked["is_locked"]) == (None, False)
    assert api.open_authentication("bob").status_code == 201
    for token in tokens:
        failed = api.post_frame(token, stage.frame("mallory")).json()
        assert failed["reason"] == "no_match"
    assert state("bob").consecutive_failures == 5
    problem(api.open_authentication("bob"), 429, "verification_delayed")
