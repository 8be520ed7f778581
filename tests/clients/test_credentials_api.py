"""/api/clients/credentials/: a client's own API keys."""

import logging
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from clients import credentials, key_management
from clients.models import Credential
from faceplatform.api.models import IdempotentRequest
from faceplatform.api.scopes import Scope
from faceplatform.events import CredentialsChanged
from tests.clients.keys import CREDENTIALS, exchange, url, with_key
from tests.stage import anonymous, limit, problem
from tests.system.test_schema import generated, operations

pytestmark = pytest.mark.django_db
MEMBERS = {
    "id",
    "api_key",
    "name",
    "scopes",
    "created_at",
    "last_used_at",
    "expires_at",
    "revoked_at",
    "is_active",
}
DAY = 86400


def create(api, **fields):
    body = {"name": "gate", "scopes": ["authenticate"], **fields}
    return api.http.post(CREDENTIALS, body, format="json")


def rotate(api, address: str, **fields):
    return api.http.post(f"{address}rotate/", fields, format="json")


def reset(api, client_id: object = None, **fields):
    address = reverse("client-reset-credentials", args=[client_id or api.client.public_id])
    return api.http.post(address, fields, format="json")


def works(told: dict) -> bool:
    return exchange(told["api_key"], told["api_secret"]).status_code == 200


def pair(api) -> dict[str, str]:
    """Return the key and secret that the client was created with."""
    credential, secret = api.issued
    return {"api_key": credential.api_key, "api_secret": secret}


def changes(heard) -> list[tuple[str, str]]:
    """Return each published change, and the id of the credential."""
    return [
        (str(event.change), str(event.credential_id))
        for event in heard
        if isinstance(event, CredentialsChanged)
    ]


def test_the_schema_has_the_limit_of_keys_and_the_required_name():
    schema = generated()
    found = {op["operationId"]: op for _, _, op in operations(schema)}
    for name in ("credential_create", "credential_rotate", "client_reset_credentials"):
        assert "`credential_limit_reached`" in found[name]["responses"]["409"]["description"]
    body = found["credential_rename"]["requestBody"]["content"]["application/json"]["schema"]
    shape = schema["components"]["schemas"][body["$ref"].rpartition("/")[2]]
    assert shape["required"] == ["name"]


@pytest.fixture
def clock(monkeypatch):
    """Replace the clock by one that only moves when told."""
    now = [timezone.now()]
    monkeypatch.setattr(timezone, "now", lambda: now[0])

    def advance(seconds: float) -> datetime:
        now[0] += timedelta(seconds=seconds)
        return now[0]

    return advance


def test_a_new_key_works_and_is_shown_once(api, heard):
    answer = create(api, scopes=["enroll", "authenticate", "enroll"])
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    told = answer.json()
    assert set(told) == {*MEMBERS, "api_secret"}
    assert (told["name"], told["scopes"]) == ("gate", ["authenticate", "enroll"])
    assert (told["is_active"], told["expires_at"], told["revoked_at"]) == (True, None, None)
    assert works(told)
    read = api.http.get(f"{CREDENTIALS}{told['id']}/").json()
    assert set(read) == MEMBERS
    assert read["last_used_at"] is not None
    assert changes(heard) == [("issued", told["id"])]
    assert heard[-1].by == api.issued.credential.public_id


def test_the_secret_is_in_no_list_no_row_and_no_log(api, caplog):
    caplog.set_level(logging.DEBUG)
    api.also_send(HTTP_IDEMPOTENCY_KEY="once")
    secrets = [create(api).json()["api_secret"] for _ in range(2)]
    secrets.append(rotate(api, url(api)).json()["api_secret"])
    secrets.append(reset(api).json()["api_secret"])
    assert len(set(secrets)) == 4  # the Idempotency-Key had no effect,
    assert not IdempotentRequest.objects.exists()  # and no answer was kept
    fresh = with_key(api)
    seen = fresh.http.get(CREDENTIALS).content.decode()
    seen += str(list(Credential.objects.values())) + caplog.text
    assert not any(secret in seen for secret in secrets)


def test_a_key_gives_no_scope_that_it_lacks(api):
    manager = with_key(api, Scope.MANAGE, Scope.ENROLL)
    assert create(manager, scopes=["enroll"]).status_code == 201
    before = Credential.objects.count()
    told = problem(create(manager, scopes=["enroll", "webhooks"]), 403, "scope_missing")
    assert told["required_scopes"] == ["webhooks"]
    # Nor by a rotation, which would show it the secret of a key with more rights.
    problem(rotate(manager, url(api)), 403, "scope_missing")
    assert Credential.objects.count() == before
    assert works(pair(api))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scopes": ["enroll"]}, "name"),
        ({"name": "", "scopes": ["enroll"]}, "name"),
        ({"name": 101 * "x", "scopes": ["enroll"]}, "name"),
        ({"name": "a\u202eb", "scopes": ["enroll"]}, "name"),
        ({"name": "a\x00b", "scopes": ["enroll"]}, "name"),
        ({"name": "gate"}, "scopes"),
        ({"name": "gate", "scopes": []}, "scopes"),
        ({"name": "gate", "scopes": "enroll"}, "scopes"),
        ({"name": "gate", "scopes": {"enroll": 1}}, "scopes"),
        ({"name": "gate", "scopes": ["everything"]}, "scopes.0"),
        ({"name": "gate", "scopes": [["enroll"]]}, "scopes.0"),
        ({"name": "gate", "scopes": 30 * ["enroll"]}, "scopes"),
        ({"name": "gate", "scopes": ["enroll"], "expires_at": "soon"}, "expires_at"),
        ({"name": "gate", "scopes": ["enroll"], "expires_at": 1}, "expires_at"),
        ({"name": "gate", "scopes": ["enroll"], "expires_at": "2020-01-01T00:00Z"}, "expires_at"),
        (
            {"name": "gate", "scopes": ["enroll"], "expires_at": "9999-12-31T23:59:59-12:00"},
            "expires_at",
        ),
        ({"name": "gate", "scopes": ["enroll"], "expires_at": "3000-01-01T00:00Z"}, "expires_at"),
        ({"name": "gate", "scopes": ["enroll"], "api_secret": "mine"}, "api_secret"),
        ({"name": "gate", "scopes": ["enroll"], "is_active": True}, "is_active"),
    ],
)
def test_what_is_no_key(api, body, field):
    told = problem(api.http.post(CREDENTIALS, body, format="json"), 400, "validation_failed")
    assert any(name.startswith(field.split(".")[0]) for name in told["errors"]), told
    assert Credential.objects.count() == 1


def test_the_list_is_filtered_and_ordered(api, other, clock):
    clock(1)
    gate, door = create(api).json(), create(api, name="door").json()
    clock(1)
    short = create(api, name="short", expires_at=(clock(0) + timedelta(hours=1)).isoformat()).json()
    api.http.delete(f"{CREDENTIALS}{door['id']}/")

    def names(**asked) -> list[str]:
        rows = api.http.get(CREDENTIALS, asked).json()["results"]
        return [row["name"] for row in rows]

    assert names() == ["short", "door", "gate", ""]
    assert names(ordering="name") == ["", "door", "gate", "short"]
    assert names(name="gate") == ["gate"]
    assert names(is_active="true") == ["short", "gate", ""]
    assert names(is_active="false") == ["door"]
    clock(3600)
    api.http = with_key(api).http  # the token has expired
    assert names(is_active="false") == ["short", "door"]
    listed = {row["id"]: row for row in api.http.get(CREDENTIALS).json()["results"]}
    assert listed[door["id"]]["revoked_at"] is not None
    assert not listed[short["id"]]["is_active"]
    assert listed[gate["id"]]["is_active"]
    assert str(other.issued.credential.public_id) not in listed


@pytest.mark.parametrize("asked", [{"is_active": "yes"}, {"nme": "x"}, {"ordering": "api_key"}])
def test_what_the_list_cannot_do(api, asked):
    problem(api.http.get(CREDENTIALS, asked), 400, "validation_failed")


def test_a_key_is_renamed(api):
    answer = api.http.patch(url(api), {"name": "backend"}, format="json")
    assert (answer.status_code, answer.json()["name"]) == (200, "backend")
    for body in ({}, {"name": ""}, {"name": "x", "scopes": ["enroll"]}, {"name": "a\u202eb"}):
        problem(api.http.patch(url(api), body, format="json"), 400, "validation_failed")


def test_revoking_ends_key_tokens_and_sessions_and_is_listed(api, stage, heard):
    gate = with_key(api, Scope.ENROLL)
    token = gate.enrollment_token()
    assert api.http.delete(url(gate)).status_code == 204
    problem(gate.open_enrollment(), 401, "authentication_failed")
    problem(exchange(*pair(gate).values()), 401, "authentication_failed")
    assert api.session(token).json()["reason"] == "credential_revoked"
    assert api.http.get(url(gate)).json()["revoked_at"] is not None
    assert changes(heard)[-1] == ("revoked", str(gate.issued.credential.public_id))
    told = len(changes(heard))
    assert api.http.delete(url(gate)).status_code == 204  # again: no effect
    assert len(changes(heard)) == told


def test_the_last_key_that_manages_stays(api):
    gate = with_key(api, Scope.ENROLL)
    problem(api.http.delete(url(api)), 409, "last_managing_credential")
    assert api.http.delete(url(gate)).status_code == 204
    second = with_key(api, Scope.MANAGE)
    assert second.http.delete(url(api)).status_code == 204
    problem(second.http.delete(url(second)), 409, "last_managing_credential")


def test_an_expired_manager_does_not_count(api, clock):
    with_key(api, Scope.MANAGE, expires_at=clock(0) + timedelta(seconds=1))
    clock(1)
    problem(api.http.delete(url(api)), 409, "last_managing_credential")


def test_nor_does_one_that_ends_earlier(api, clock):
    with_key(api, Scope.MANAGE, expires_at=clock(0) + timedelta(days=1))
    problem(api.http.delete(url(api)), 409, "last_managing_credential")


def test_a_key_gives_no_longer_life_than_its_own(api, clock):
    end = clock(0) + timedelta(hours=1)
    short = with_key(api, Scope.MANAGE, Scope.ENROLL, expires_at=end)
    lasting = with_key(api, Scope.ENROLL)
    assert create(short, name="gate", scopes=["enroll"]).json()["expires_at"] == _json(end)
    assert rotate(short, url(lasting)).json()["expires_at"] == _json(end)
    later = (end + timedelta(seconds=1)).isoformat()
    for answer in (
        create(short, name="gate", scopes=["enroll"], expires_at=later),
        rotate(short, url(with_key(api, Scope.ENROLL)), expires_at=later),
    ):
        problem(answer, 403, "expires_after_caller")


def test_at_the_limit_keys_are_replaced_all_the_same(api, clock):
    limit(api, credentials=2)
    gate = url(with_key(api, Scope.ENROLL))
    problem(create(api, name="third", scopes=["enroll"]), 409, "credential_limit_reached")
    for _ in range(2):
        gate = f"{CREDENTIALS}{rotate(api, gate).json()['id']}/"
    problem(rotate(api, gate), 409, "too_many_replaced")
    assert reset(api).status_code == 201


def test_expired_keys_take_no_room(api, clock):
    limit(api, credentials=2)
    with_key(api, Scope.ENROLL, expires_at=clock(0) + timedelta(seconds=1))
    clock(1)
    assert create(api, name="second", scopes=["enroll"]).status_code == 201


@pytest.mark.parametrize(("asked", "overlap"), [({}, DAY), ({"overlap_seconds": 60}, 60)])
def test_a_rotated_key_goes_on_for_the_overlap(api, stage, heard, clock, asked, overlap):
    api.http.patch(url(api), {"name": "backend"}, format="json")
    answer = rotate(api, url(api), **asked)
    assert answer.status_code == 201
    new = answer.json()
    assert (new["name"], new["scopes"]) == ("backend", sorted(Scope))
    assert new["expires_at"] is None
    assert works(new)
    assert works(pair(api))
    old = api.http.get(url(api)).json()
    assert old["expires_at"] == _json(clock(0) + timedelta(seconds=overlap))
    renamed, expected = ("renamed", old["id"]), [("expiry_set", old["id"]), ("rotated", new["id"])]
    assert changes(heard) == [renamed, *expected]
    clock(overlap - 1)
    assert works(pair(api))
    clock(1)
    problem(exchange(*pair(api).values()), 401, "authentication_failed")
    assert works(new)


def _json(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def test_without_overlap_the_old_key_ends_at_once(api, heard):
    new = rotate(api, url(api), overlap_seconds=0).json()
    problem(api.http.get(CREDENTIALS), 401, "authentication_failed")
    assert not works(pair(api))
    assert works(new)
    old = str(api.issued.credential.public_id)
    assert changes(heard) == [("revoked", old), ("rotated", new["id"])]


def test_the_overlap_prolongs_no_key(api, clock):
    soon = clock(0) + timedelta(hours=1)
    gate = with_key(api, Scope.ENROLL, expires_at=soon)
    new = rotate(api, url(gate)).json()
    assert api.http.get(url(gate)).json()["expires_at"] == _json(soon)
    # A key that was to live an hour is not replaced by one that lives forever.
    assert new["expires_at"] == _json(soon)
    later = clock(0) + timedelta(days=30)
    assert rotate(api, url(gate), expires_at=later.isoformat()).json()["expires_at"] == _json(later)


@pytest.mark.parametrize("days", [None, 30])
def test_a_key_is_rotated_again_if_the_answer_was_lost(api, clock, days):
    """The successors get the end that the key was issued with, not that of its overlap."""
    end = None if days is None else clock(0) + timedelta(days=days)
    gate = with_key(api, Scope.ENROLL, expires_at=end)
    expected, first = None if end is None else _json(end), clock(0)
    for _ in range(3):
        assert rotate(api, url(gate)).json()["expires_at"] == expected
        clock(60)
    assert api.http.get(url(gate)).json()["expires_at"] == _json(first + timedelta(days=1))


def test_a_reset_with_a_key_in_its_overlap_gives_the_end_that_it_had(api, clock):
    end = clock(0) + timedelta(days=30)
    manager = with_key(api, Scope.MANAGE, expires_at=end)
    rotate(api, url(manager))
    assert reset(manager).json()["expires_at"] == _json(end)


def test_a_rotated_key_keeps_its_end(api, clock):
    end = clock(0) + timedelta(days=30)
    gate = with_key(api, Scope.ENROLL, expires_at=end)
    clock(DAY / 2)
    api.http = with_key(api).http  # the token has expired
    assert rotate(api, url(gate)).json()["expires_at"] == _json(end)


@pytest.mark.parametrize("asked", [-1, 7 * DAY + 1, "soon", None, 10**30, 1.5, True])
def test_overlaps_that_are_refused(api, asked):
    for answer in (
        rotate(api, url(api), overlap_seconds=asked),
        reset(api, overlap_seconds=asked),
    ):
        told = problem(answer, 400, "validation_failed")
        assert set(told["errors"]) == {"overlap_seconds"}
    assert Credential.objects.count() == 1


def test_a_key_that_has_ended_is_not_rotated(api, clock):
    revoked, expired = with_key(api), with_key(api, expires_at=clock(0) + timedelta(seconds=1))
    api.http.delete(url(revoked))
    clock(1)
    for gate in (revoked, expired):
        problem(rotate(api, url(gate)), 409, "credential_ended")


def test_a_reset_leaves_one_key(api, other, stage, heard):
    gate = with_key(api, Scope.ENROLL)
    token = gate.enrollment_token()
    heard.clear()
    answer = reset(api)
    assert answer.status_code == 201
    new = answer.json()
    assert new["scopes"] == sorted(Scope)
    assert works(new)
    assert not works(pair(api))
    assert not works(pair(gate))
    problem(api.http.get(CREDENTIALS), 401, "authentication_failed")
    assert works(pair(other))
    assert [row.public_id for row in Credential.objects.filter(client=api.client, revoked_at=None)]
    in_use = Credential.objects.filter(client=api.client, revoked_at=None)
    assert [str(row.public_id) for row in in_use] == [new["id"]]
    assert [change for change, _ in changes(heard)] == ["revoked", "revoked", "rotated"]
    assert with_key(api).session(token).json()["reason"] == "credential_revoked"


def test_a_reset_with_an_overlap(api, clock):
    gate = with_key(api, Scope.ENROLL)
    new = reset(api, overlap_seconds=60).json()
    assert works(pair(gate))
    clock(60)
    assert not works(pair(gate))
    assert not works(pair(api))
    assert works(new)


def test_a_reset_gives_no_further_scopes(api):
    manager = with_key(api, Scope.MANAGE)
    assert reset(manager).json()["scopes"] == ["manage"]


def test_another_clients_credentials_are_like_unknown_ones(api, other):
    def told(answer) -> dict:
        body = problem(answer, 404, answer.json()["code"])
        del body["request_id"]
        return body

    foreign, unknown = other.issued.credential.public_id, uuid4()
    for ask in (
        lambda key: api.http.get(f"{CREDENTIALS}{key}/"),
        lambda key: api.http.patch(f"{CREDENTIALS}{key}/", {"name": "x"}, format="json"),
        lambda key: api.http.delete(f"{CREDENTIALS}{key}/"),
        lambda key: rotate(api, f"{CREDENTIALS}{key}/"),
    ):
        assert told(ask(foreign)) == told(ask(unknown))
        assert told(ask(unknown))["code"] == "credential_not_found"
    assert told(reset(api, other.client.public_id)) == told(reset(api, unknown))
    assert works(pair(other))
    other.issued.credential.refresh_from_db()
    assert other.issued.credential.name == ""


@pytest.mark.parametrize("key", ["1", "me", "not-a-uuid", "%00"])
def test_ids_that_are_none(api, key):
    assert api.http.get(f"{CREDENTIALS}{key}/").status_code == 404


def test_nobody_without_a_token(api):
    for ask in (anonymous().get, anonymous().post):
        problem(ask(CREDENTIALS), 401, "not_authenticated")


@pytest.mark.parametrize("how", ["revoked_at", "expires_at"])
def test_a_key_that_ends_during_its_call_issues_none(api, monkeypatch, how):
    """A stolen key must not outlive its revocation by a key that it issues at that moment."""
    hold = key_management._hold

    def strike(caller):
        Credential.objects.filter(pk=api.issued.credential.pk).update(**{how: timezone.now()})
        return hold(caller)

    monkeypatch.setattr(key_management, "_hold", strike)
    before = Credential.objects.count()
    for answer in (create(api), rotate(api, url(api)), reset(api)):
        problem(answer, 401, "authentication_failed")
        Credential.objects.update(revoked_at=None, expires_at=None)
    assert Credential.objects.count() == before


def test_events_of_the_operator_name_no_credential(api, heard):
    credentials.issue(api.client)
    credentials.revoke(api.issued.credential)
    assert [event.by for event in heard if isinstance(event, CredentialsChanged)] == [None, None]
