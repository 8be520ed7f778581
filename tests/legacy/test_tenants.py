"""A dialect reaches nothing of another client."""

import pytest

from clients.models import Subject
from legacy.models import LegacyAccount
from tests.legacy.caller import Caller, told
from tests.stage import Stage

pytestmark = pytest.mark.django_db
NOT_RECOGNIZED = {"status": False, "message": "Face non reconnue dans le système"}
ACCOUNT = {"fullname": "Ada Lovelace", "username": "lovelace", "password": "engine-1843"}


@pytest.fixture
def elsewhere(other, bind, stage: Stage) -> Caller:
    """One of everything, of another client: a user, a gallery's member, an account."""
    other.enroll(stage, "alice")
    bind(other.client)
    caller = Caller()
    registered = caller.call(
        "POST /api/register/",
        files={"image": stage.frame("bob")},
        headers={"username": "Bob", "galleryname": "staff"},
    )
    assert told(registered)["status"] is True
    assert caller.call("POST /auth/register", json_body=ACCOUNT).status_code == 201
    assert caller.call("POST /auth/login", json_body=ACCOUNT).status_code == 200
    return caller


@pytest.fixture
def here(elsewhere, old) -> Caller:
    """A caller of this client's older APIs, bound after the other client's."""
    return old


def test_000(here, other, stage):
    answer = here.call(
        "POST /api/authentificate?username=alice", files={"auth_video": stage.frame("alice")}
    )
    assert told(answer)["DecisionReason"] == "USER_NOT_FOUND"
    # Neither the name nor the face is taken by another client's user.
    answer = here.call("POST /api/enroll?username=alice", files={"cin_file": stage.frame("alice")})
    assert told(answer)["EnrollStatus"] == "APPROVED"
    assert told(here.call("POST /api/reset")) == {"code": 200, "msg": "DONE"}
    assert Subject.objects.filter(client=other.client).count() == 2
    assert other.verify(stage.frame("alice"))["result"] == "success"


@pytest.mark.parametrize("headers", [{}, {"galleryname": "staff"}])
def test_001_verify(here, stage, headers):
    answer = here.call("POST /api/verify", files={"image": stage.frame("bob")}, headers=headers)
    assert told(answer) == NOT_RECOGNIZED


def test_001_remove(here, other, stage):
    answer = here.call(
        "POST /api/remove",
        files={"image": stage.frame("bob")},
        headers={"username": "Bob", "galleryname": "staff"},
    )
    assert told(answer) == NOT_RECOGNIZED
    assert Subject.objects.filter(client=other.client).count() == 2


def test_001_register(here, stage):
    answer = here.call(
        "POST /api/register/",
        files={"image": stage.frame("bob")},
        headers={"username": "Bob", "galleryname": "staff"},
    )
    assert told(answer)["status"] is True


def test_003(here, other, stage):
    assert told(here.call("GET /register/"))["data"] == []
    answer = here.call("POST /verify/", form={"id": "alice"}, files={"image": stage.frame("alice")})
    assert told(answer) == {"error": "Invalid User", "verified": False}
    assert here.call("DELETE /register/", form={"id": "alice"}).status_code == 404
    assert Subject.objects.filter(client=other.client, user_id="alice").exists()


def test_004(here, elsewhere, other):
    answer = here.call("POST /auth/login", json_body=ACCOUNT)
    assert told(answer)["message"] == "Username not found!"
    # The other client's cookie, sent to this client's dialect.
    assert elsewhere.call("GET /home").status_code == 401
    assert told(elsewhere.call("DELETE /user/delete"))["message"] == "Unauthorized users"
    assert LegacyAccount.objects.get().client == other.client
    assert here.call("POST /auth/register", json_body=ACCOUNT).status_code == 201


def test_users_of_the_main_api_are_in_no_gallery(api, old, stage):
    api.enroll(stage, "alice")
    answer = old.call("POST /api/verify", files={"image": stage.frame("alice")})
    assert told(answer) == NOT_RECOGNIZED


def test_a_gallerys_member_never_takes_a_user_of_the_main_api(api, old, stage):
    api.enroll(stage, "staff/Bob", person="alice")
    answer = old.call(
        "POST /api/register/",
        files={"image": stage.frame("bob")},
        headers={"username": "Bob", "galleryname": "staff"},
    )
    assert told(answer)["status"] is True
    assert api.verify(stage.frame("alice"), "staff/Bob")["result"] == "success"
    assert Subject.objects.filter(client=api.client).count() == 2
    found = old.call("POST /api/verify", files={"image": stage.frame("bob")})
    assert told(found)["name"] == "Bob"


def test_users_of_000_and_003_are_those_of_the_main_api(api, old, stage):
    api.enroll(stage, "alice")
    answer = old.call(
        "POST /api/authentificate?username=alice", files={"auth_video": stage.frame("alice")}
    )
    assert told(answer)["Decision"] == "APPROVED"
    assert [user["id"] for user in told(old.call("GET /register/"))["data"]] == ["alice"]


def test_a_member_that_is_erased_at_the_moment_of_recognition(old, stage, monkeypatch):
    headers = {"username": "Bob", "galleryname": "staff"}
    old.call("POST /api/register/", files={"image": stage.frame("bob")}, headers=headers)
    monkeypatch.setattr("legacy.galleries.name_of", lambda *_: None)
    assert told(old.call("POST /api/verify", files={"image": stage.frame("bob")})) == NOT_RECOGNIZED
