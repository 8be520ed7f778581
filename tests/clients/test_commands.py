"""manage.py create_client, issue_credential and create_demo_client."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from clients import credentials
from clients.models import Client, Credential
from faceplatform.api.scopes import Scope
from faceplatform.engine import registry
from faceplatform.engine.testing import FakeEngine

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_create_client_prints_what_works(db):
    lines = run("create_client", "acme").splitlines()
    shown = dict(line.split(maxsplit=1) for line in lines[:3])
    assert set(shown) == {"client_id", "api_key", "api_secret"}
    checked = credentials.check(api_key=shown["api_key"], api_secret=shown["api_secret"])
    assert str(checked.client.public_id) == shown["client_id"]
    assert "only time" in lines[3]


def test_create_client_as_json_is_one_object(db):
    shown = json.loads(run("create_client", "acme", "--json"))
    assert set(shown) == {"client_id", "api_key", "api_secret"}
    credentials.check(api_key=shown["api_key"], api_secret=shown["api_secret"])


def test_create_client_with_a_policy(db):
    run("create_client", "acme", "--policy", '{"target_samples": 5}')
    assert Client.objects.get().capture_policy.target_samples == 5


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ('{"liveness": "passive"}', "liveness check whose models are not installed"),
        ('{"false_match_rate": 1e-9}', "not calibrated for the client's false_match_rate"),
        ("{}", None),
    ],
)
def test_a_policy_that_can_never_work_is_warned_of(stage, policy, told):
    registry.set_engine(FakeEngine(has_liveness=False))
    complaints = StringIO()
    call_command("create_client", "acme", "--policy", policy, stdout=StringIO(), stderr=complaints)
    assert (told or "") in complaints.getvalue()
    assert bool(complaints.getvalue()) is (told is not None)


def test_a_name_is_taken_once(db):
    run("create_client", "acme")
    with pytest.raises(CommandError, match="already exists"):
        run("create_client", "acme")
    assert Client.objects.count() == 1


@pytest.mark.parametrize("name", ["", "x" * 151])
def test_a_name_that_cannot_be_kept(db, name):
    with pytest.raises(CommandError):
        run("create_client", name)


@pytest.mark.parametrize(
    "policy",
    [
        "{",
        "[1]",
        '"off"',
        "7",
        '{"livenes": "off"}',
        '{"target_samples": 11}',
        '{"liveness": 1}',
        '{"keep_images": true, "keep_images": false}',
        "[" * 100_000,
        '{"probe_frames": ' + "9" * 5000 + "}",
    ],
)
def test_a_policy_that_cannot_be_read_makes_no_client(db, policy):
    with pytest.raises(CommandError):
        run("create_client", "acme", "--policy", policy)
    assert not Client.objects.exists()


@pytest.mark.parametrize("installed", [True, False])
def test_the_demo_client_takes_a_picture_twice_and_decides_on_one(db, installed):
    registry.set_engine(FakeEngine(has_liveness=installed))
    text = run("create_demo_client")
    credential = Credential.objects.get(client__name="demo")
    assert f"export API_KEY={credential.api_key}\n" in text
    assert "export API_SECRET=fps_" in text
    policy = credential.client.capture_policy
    assert (policy.liveness, policy.probe_frames) == ("off", 1)
    assert policy.camera_liveness == "challenge"
    assert ("models prepare minifasnet_v2 minifasnet_v1se" in text) is not installed


def test_the_demo_client_is_made_once_and_shown_once(db, stage):
    run("create_demo_client")
    again = run("create_demo_client")
    assert "API_SECRET" not in again
    assert "fps_" not in again
    assert Client.objects.count() == Credential.objects.count() == 1


def test_the_demo_client_can_have_a_further_key(db, stage):
    run("create_demo_client")
    assert "export API_SECRET=fps_" in run("create_demo_client", "--new-key")
    assert Client.objects.count() == 1
    assert Credential.objects.count() == 2


def issue(*arguments: str) -> dict[str, str]:
    return json.loads(run("issue_credential", "--client", "acme", "--json", *arguments))


def test_issue_credential_gives_a_key_with_these_rights(db):
    client_id = json.loads(run("create_client", "acme", "--json"))["client_id"]
    shown = issue(
        "--name", "gate", "--scopes", "enroll, authenticate", "--expires-at", "2999-01-31"
    )
    assert shown.pop("client_id") == client_id
    credential = credentials.check(**shown)
    assert (credential.name, credential.scopes) == ("gate", ["authenticate", "enroll"])
    assert credential.expires_at.isoformat() == "2999-01-31T00:00:00+00:00"


def test_issue_credential_gives_all_rights_unless_told(db):
    run("create_client", "acme")
    shown = issue("--name", "backend")
    credential = Credential.objects.get(api_key=shown["api_key"])
    assert set(credential.scopes) == set(Scope)
    assert credential.expires_at is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["--name", ""],
        ["--name", 101 * "x"],
        ["--name", "a\u202eb"],
        ["--name", "gate", "--scopes", ""],
        ["--name", "gate", "--scopes", "enroll,everything"],
        ["--name", "gate", "--expires-at", "soon"],
        ["--name", "gate", "--expires-at", "2020-01-01"],
        ["--name", "gate", "--expires-at", "9999-12-31T23:59-12:00"],
        ["--name", "gate", "--client", "globex"],
        [],
    ],
)
def test_issue_credential_refuses(db, arguments):
    run("create_client", "acme")
    with pytest.raises(CommandError):
        issue(*arguments)
    assert Credential.objects.count() == 1
