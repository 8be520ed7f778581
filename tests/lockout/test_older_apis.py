"""Failures of the older APIs count, and they are refused in their own words."""

import pytest

from clients import services as users
from clients.lockout import services as lockout
from clients.models import AddressAttempts, UserAttempts
from tests.legacy.caller import Caller, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def old(one, settings):
    """A caller of every older API, bound to the client."""
    settings.FACEPLATFORM_LEGACY_DIALECTS = dict.fromkeys(("000", "001", "003"), one.client.name)
    return Caller(Authorization=one.authorization)


def authentificate(old, image: bytes):
    return old.call("POST /api/authentificate?username=alice", files={"auth_video": image})


def test_000_counts_and_is_refused(one, stage, old, clock):
    one.enroll(stage, "alice", frames=1)
    for _ in range(5):
        assert told(authentificate(old, stage.frame("mallory")))["DecisionReason"] == "NO_MATCH"
    answer = authentificate(old, stage.frame("alice"))
    assert (answer.status_code, answer["Retry-After"]) == (200, "30")
    assert told(answer) == {
        "score": None,
        "Decision": "REJECTED",
        "DecisionReason": "VERIFICATION_DELAYED",
    }
    assert one.open_authentication("alice").status_code == 429  # one count for all APIs
    clock(30)
    assert told(authentificate(old, stage.frame("alice")))["Decision"] == "APPROVED"
    assert UserAttempts.objects.get().failures == 0


def test_003_of_a_locked_user(one, stage, old, clock):
    one.enroll(stage, "alice", frames=1)
    UserAttempts.objects.create(subject=users.find_subject(one.client, "alice"), failures=50)
    answer = old.call("POST /verify/", form={"id": "alice"}, files={"image": stage.frame("alice")})
    assert answer.status_code == 400
    assert "locked" in told(answer)["error"]
    lockout.unlock(users.find_subject(one.client, "alice"))
    answer = old.call("POST /verify/", form={"id": "alice"}, files={"image": stage.frame("alice")})
    assert told(answer)["verified"] is True


def test_001_counts_by_address(one, stage, old, clock):
    def verify(image: bytes):
        return told(old.call("POST /api/verify", files={"image": image}))

    names = {"username": "alice", "galleryname": "staff"}
    old.call("POST /api/register/", files={"image": stage.frame("alice")}, headers=names)
    for _ in range(5):
        assert verify(stage.frame("mallory"))["message"] == "Face non reconnue dans le système"
    refused = verify(stage.frame("alice"))
    assert refused == {"status": False, "message": "Trop d'essais manqués. Réessayez plus tard."}
    assert AddressAttempts.objects.get().failures == 5
    clock(30)
    assert verify(stage.frame("alice"))["name"] == "alice"
