"""The audit log by the API: a client's own, filtered, without the names of staff."""

import pytest

from audit.actions import Action, ActorType
from audit.recording import Act, Actor, record
from tests.audit.chains import seal
from tests.clients.users import Users
from tests.stage import problem

pytestmark = pytest.mark.django_db
LOGS = "/api/core/audit-logs/"


def listed(api, **asked: str) -> list[dict]:
    answer = api.http.get(LOGS, asked)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def actions(api, **asked: str) -> list[str]:
    return [row["action"] for row in listed(api, **asked)]


@pytest.fixture
def log(api, other):
    """Two users and a credential of one client, and one user of another."""
    users = Users(api)
    users.create("ada")
    users.create("bob")
    users.post("ada", "deactivate")
    Users(other).create("ada")
    return api


def test_the_list_is_the_clients_own(log, other):
    assert actions(log) == [
        *("user.deactivated", "user.created", "user.created"),
        "credential.issued",
    ]
    assert actions(other) == ["user.created", "credential.issued"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"action": "user.created"}, ["user.created", "user.created"]),
        ({"user_id": "ada"}, ["user.deactivated", "user.created"]),
        ({"user_id": "ada", "action": "user.created"}, ["user.created"]),
        ({"object_type": "credential"}, ["credential.issued"]),
        ({"actor_type": "system"}, ["credential.issued"]),
        ({"after": "2099-01-01T00:00:00Z"}, []),
        ({"before": "2020-01-01T00:00:00Z"}, []),
        ({"object_id": "nothing"}, []),
    ],
)
def test_filters(log, asked, expected):
    assert actions(log, **asked) == expected


def test_the_acts_of_one_api_key(log):
    own = str(log.issued.credential.public_id)
    assert len(listed(log, actor_id=own)) == 3
    assert listed(log, object_id=own)[0]["action"] == "credential.issued"


@pytest.mark.parametrize("name", ["action", "actor_type", "after", "unknown"])
def test_wrong_filters(log, name):
    problem(log.http.get(LOGS, {name: "x"}), 400, "validation_failed")


def test_an_entry(log, other):
    (row,) = listed(log, action="user.deactivated")
    assert row["sequence"] is None
    seal()
    answer = log.http.get(f"{LOGS}{row['id']}/")
    entry = answer.json()
    assert (entry["sequence"], len(entry["hash"])) == (4, 64)
    assert entry | {"sequence": None, "hash": ""} == row
    assert entry["actor_id"] == str(log.issued.credential.public_id)
    problem(other.http.get(f"{LOGS}{row['id']}/"), 404, "audit_entry_not_found")


def test_the_operators_staff_has_no_name(log):
    staff = Actor(ActorType.STAFF, "root@example.com", "192.0.2.1")
    record(Act(action=Action.ADMIN_VIEWED, client_pk=log.client.pk, actor=staff))
    record(Act(action=Action.STAFF_SIGNED_IN, client_pk=None, actor=staff))
    (row,) = listed(log, actor_type="staff")
    assert row["actor_id"] is None
    assert listed(log, actor_id="root@example.com") == []
    assert "root@example.com" not in log.http.get(LOGS).content.decode()
