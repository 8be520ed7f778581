"""New names in the older APIs, each refused in the words of its dialect."""

import pytest

from clients.models import Subject, SubjectGroup
from legacy.importing import import_user
from legacy.models import LegacyAccount
from legacy.sources import OldUser
from tests.legacy.caller import told
from tests.stage import noise

pytestmark = pytest.mark.django_db
UNSEEN = ["al\x85ice", "al\u202eice", "al\u200bice"]
EACH = pytest.mark.parametrize("name", UNSEEN)


@EACH
def test_000(old, stage, name):
    answer = old.call(f"POST /api/enroll?username={name}", files={"cin_file": noise(1)})
    assert told(answer)["DecisionReason"] == "INVALID_USERNAME"
    assert not Subject.objects.exists()


@EACH
@pytest.mark.parametrize("field", ["username", "galleryname"])
def test_001(old, stage, name, field):
    headers = {"username": "alice", "galleryname": "staff"} | {field: name}
    sent = {key: value.encode().decode("latin-1") for key, value in headers.items()}
    answer = old.call("POST /api/register/", files={"image": noise(1)}, headers=sent)
    assert told(answer)["message"].endswith(f"({field}) n'est pas valide.")
    assert not Subject.objects.exists()
    assert not SubjectGroup.objects.filter(name__contains=name).exists()


@EACH
def test_003(old, stage, name):
    answer = old.call("POST /register/", form={"id": name}, files={"image": noise(1)})
    assert (answer.status_code, told(answer)) == (400, {"error": "id is invalid"})
    assert not Subject.objects.exists()


@EACH
def test_003_of_a_user_that_is_there(api, old, stage, name):
    Subject.objects.create(client=api.client, user_id=name)
    sent = old.call("POST /register/", form={"id": name}, files={"image": stage.frame()})
    assert sent.status_code == 201
    seen = old.call("POST /verify/", form={"id": name}, files={"image": stage.frame()})
    assert told(seen)["verified"] is True


@EACH
@pytest.mark.parametrize("field", ["fullname", "username"])
def test_004(old, name, field):
    account = {"fullname": "Ada Lovelace", "username": "lovelace", "password": "engine-1843"}
    answer = old.call("POST /auth/register", json_body=account | {field: name})
    assert answer.status_code == 400
    assert "invisible" in told(answer)["message"]
    assert not LegacyAccount.objects.exists()


@EACH
def test_the_import_of_003(api, name):
    done = import_user(api.client, OldUser(name, None), None)
    assert (done.step, done.reason) == ("failed", "invalid_id")
    assert not Subject.objects.exists()
