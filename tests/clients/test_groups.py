"""/api/clients/groups/, and identifications among the members of a group."""

import uuid

import pytest

from authentication.models import AuthenticationSession
from clients.models import Subject, SubjectGroup
from tests.clients.users import GROUPS, Users, user_path
from tests.stage import problem, upload

pytestmark = pytest.mark.django_db


class Groups:
    """The calls about groups, by one client."""

    def __init__(self, api) -> None:
        self.http = api.http

    def create(self, name: str):
        return self.http.post(GROUPS, {"name": name}, format="json")

    def id_of(self, name: str) -> str:
        return str(self.create(name).json()["id"])

    def add(self, group: str, *user_ids: str):
        return self.http.post(f"{GROUPS}{group}/members/", {"user_ids": user_ids}, format="json")

    def remove(self, group: str, user_id: str):
        below = user_path(user_id).removeprefix("/api/clients/users/")
        return self.http.delete(f"{GROUPS}{group}/members/{below}")

    def members(self, group: str) -> list[str]:
        answer = self.http.get(f"{GROUPS}{group}/members/", {"ordering": "user_id"})
        return [row["user_id"] for row in answer.json()["results"]]

    def delete(self, group: str):
        return self.http.delete(f"{GROUPS}{group}/")


@pytest.fixture
def groups(api) -> Groups:
    return Groups(api)


def identify(api, stage, person: str, **fields):
    token = api.authentication_token(**fields)
    return api.post_frame(token, stage.frame(person)).json()["matched_user"]


def test_a_group_is_created_read_listed_and_deleted(api, groups):
    created = groups.create("night shift")
    assert created.status_code == 201
    group = created.json()
    assert group == {"id": group["id"], "name": "night shift"}
    groups.create("day shift")
    assert api.http.get(f"{GROUPS}{group['id']}/").json() == group
    listed = api.http.get(GROUPS, {"ordering": "name"}).json()["results"]
    assert [row["name"] for row in listed] == ["day shift", "night shift"]
    assert groups.delete(group["id"]).status_code == 204
    problem(groups.delete(group["id"]), 404, "group_not_found")


def test_a_name_is_used_once(groups, other):
    groups.create("staff")
    problem(groups.create("staff"), 409, "group_exists")
    assert Groups(other).create("staff").status_code == 201


@pytest.mark.parametrize("name", ["", "x" * 201, "nul\x00", "bidi\u202e", "line\n", None, ["a"]])
def test_a_name_that_cannot_be_is_refused(groups, name):
    refused = problem(groups.create(name), 400, "validation_failed")
    assert set(refused["errors"]) == {"name"}


def test_there_is_a_limit(api, groups):
    api.client.limits = {"groups": 2}
    api.client.save()
    groups.create("a")
    groups.create("b")
    problem(groups.create("c"), 409, "group_limit_reached")


def test_members_come_and_go(api, groups):
    for user_id in ("alice", "bob", "a/b"):
        Users(api).create(user_id)
    group = groups.id_of("staff")
    assert groups.add(group, "alice", "a/b").json() == {"added": 2}
    assert groups.add(group, "alice", "alice", "bob").json() == {"added": 1}
    assert groups.members(group) == ["a/b", "alice", "bob"]
    assert groups.remove(group, "a/b").status_code == 204
    for user_id in ("a/b", "nobody"):
        problem(groups.remove(group, user_id), 404, "member_not_found")
    assert groups.members(group) == ["alice", "bob"]
    assert Subject.objects.count() == 3


def test_all_are_added_or_none(api, other, groups):
    Users(api).create("alice")
    Users(other).create("carol")
    group = groups.id_of("staff")
    refused = problem(groups.add(group, "alice", "carol", "nobody"), 404, "users_not_found")
    assert refused["user_ids"] == ["carol", "nobody"]
    assert groups.members(group) == []


@pytest.mark.parametrize("user_ids", [[], ["x" * 151], ["a"] * 501, [1.5], "alice", None])
def test_members_that_cannot_be_are_refused(api, groups, user_ids):
    group = groups.id_of("staff")
    body = {"user_ids": user_ids}
    refused = api.http.post(f"{GROUPS}{group}/members/", body, format="json")
    problem(refused, 400, "validation_failed")


def test_another_clients_group_is_like_an_unknown_one(api, other, groups):
    foreign = Groups(other).id_of("staff")
    Users(api).create("alice")
    for group in (foreign, str(uuid.uuid4())):
        for call in (
            api.http.get(f"{GROUPS}{group}/"),
            groups.delete(group),
            api.http.get(f"{GROUPS}{group}/members/"),
            groups.add(group, "alice"),
            groups.remove(group, "alice"),
            api.open_authentication(group=group),
        ):
            problem(call, 404, "group_not_found")
    assert SubjectGroup.objects.count() == 1


def test_members_are_listed_by_page(api, groups):
    group = groups.id_of("staff")
    names = [f"u-{number}" for number in range(5)]
    for name in names:
        Users(api).create(name)
    groups.add(group, *names)
    seen, address = [], f"{GROUPS}{group}/members/?page_size=2&ordering=user_id"
    while address:
        page = api.http.get(address).json()
        seen += [row["user_id"] for row in page["results"]]
        address = page["next"]
    assert seen == names


def test_an_identification_is_among_the_members(api, stage, groups):
    for person in ("alice", "bob"):
        api.enroll(stage, person, frames=1)
    group = groups.id_of("staff")
    groups.add(group, "bob")
    assert identify(api, stage, "alice", group=group) is None
    assert identify(api, stage, "bob", group=group) == {"user_id": "bob"}
    assert identify(api, stage, "alice") == {"user_id": "alice"}
    groups.remove(group, "bob")
    assert identify(api, stage, "bob", group=group) is None


def test_a_verification_has_no_group(api, stage, groups):
    api.enroll(stage, "alice")
    refused = problem(
        api.open_authentication("alice", group=groups.id_of("staff")), 400, "validation_failed"
    )
    assert refused["errors"]["group"][0]["code"] == "ambiguous"
    problem(api.open_authentication(group="staff"), 400, "validation_failed")


def test_deleting_a_group_ends_its_open_sessions_and_keeps_the_others(api, stage, groups, ended):
    """Without its group, an open session would search everybody."""
    api.enroll(stage, "alice", frames=1)
    group = groups.id_of("staff")
    groups.add(group, "alice")
    assert identify(api, stage, "alice", group=group) == {"user_id": "alice"}
    token = api.authentication_token(group=group)
    stage.meanwhile = lambda: groups.delete(group)
    problem(api.post_frame(token, stage.frame("alice")), 409, "session_finished")
    status = api.session(token).json()
    assert (status["status"], status["reason"]) == ("cancelled", "cancelled")
    assert [event.status for event in ended[-2:]] == ["completed", "cancelled"]
    assert AuthenticationSession.objects.filter(group=None, status="completed").count() == 1
    assert Subject.objects.get().user_id == "alice"


def test_galleries_of_001_are_groups(api, stage, groups, settings):
    settings.FACEPLATFORM_LEGACY_DIALECTS = {"001": api.client.name}
    named = {"HTTP_USERNAME": "alice", "HTTP_GALLERYNAME": "staff"}

    def call(address: str, person: str, **headers: str):
        body = {"image": upload(stage.frame(person))}
        return api.http.post(address, body, format="multipart", **headers).json()

    assert call("/api/register/", "alice", **named)["status"] is True
    listed = api.http.get(GROUPS, {"ordering": "name"}).json()["results"]
    ids = {row["name"]: row["id"] for row in listed}
    assert set(ids) == {"galleries", "gallery:staff"}
    assert groups.members(ids["gallery:staff"]) == ["staff/alice"]
    assert identify(api, stage, "alice", group=ids["gallery:staff"]) == {"user_id": "staff/alice"}
    api.enroll(stage, "bob", frames=1)
    groups.add(ids["gallery:staff"], "bob")
    in_gallery = {"HTTP_GALLERYNAME": "staff"}
    assert call("/api/verify", "alice", **in_gallery)["name"] == "alice"
    assert call("/api/verify", "bob", **in_gallery)["name"] == "bob"
    groups.remove(ids["gallery:staff"], "staff/alice")
    assert call("/api/verify", "alice", **in_gallery)["status"] is False
