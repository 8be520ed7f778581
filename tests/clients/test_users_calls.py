"""/api/clients/users/: create, list, read, change, activate and deactivate."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients.models import Subject
from enrollment.models import EnrollmentSession, FaceTemplate
from faceplatform import events
from tests.clients.users import USERS, Users
from tests.stage import anonymous, browser, problem

pytestmark = pytest.mark.django_db
CONSENT = {"given_at": "2026-11-24T08:15:00Z", "text_version": "2026-03", "source": "app"}


@pytest.fixture
def users(api) -> Users:
    return Users(api)


def in_days(days: int) -> str:
    return (timezone.now() + timedelta(days=days)).isoformat()


def test_a_user_is_created_and_read(api, users, heard):
    end = in_days(30)
    body = {"display_name": "Ada", "metadata": {"floor": 3}, "consent": CONSENT, "expires_at": end}
    created = users.create("alice", **body)
    assert created.status_code == 201
    user = created.json()
    assert user == users.read("alice").json()
    assert user["id"] == str(Subject.objects.get().public_id)
    assert user["path"] == f"{USERS}alice/"
    assert (user["display_name"], user["metadata"]) == ("Ada", {"floor": 3})
    assert user["consent"] == CONSENT
    assert (user["is_active"], user["is_enrolled"]) == (True, False)
    (created,) = heard
    assert isinstance(created, events.UserCreated)
    assert created.user_id == "alice"


def test_the_least_user(users):
    user = users.create("alice").json()
    assert (user["display_name"], user["metadata"]) == ("", {})
    assert user["consent"] is user["expires_at"] is None


def test_an_id_is_used_once(api, other, users, stage):
    api.enroll(stage, "alice")
    problem(users.create("alice"), 409, "user_exists")
    assert Users(other).create("alice").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_calls_one_creates(make_api):
    api = make_api()

    def create(_: int) -> int:
        try:
            return api.http.post(USERS, {"user_id": "alice"}, format="json").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        codes = sorted(pool.map(create, range(8)))
    assert codes == [201] + [409] * 7
    assert Subject.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "user_id"),
        ({"user_id": ""}, "user_id"),
        ({"user_id": "x" * 151}, "user_id"),
        ({"user_id": "tab\t"}, "user_id"),
        ({"user_id": "bidi\u202e"}, "user_id"),
        ({"user_id": 1.5}, "user_id"),
        ({"user_id": "a", "display_name": "x" * 151}, "display_name"),
        ({"user_id": "a", "display_name": None}, "display_name"),
        ({"user_id": "a", "metadata": {"x": "y" * 4096}}, "metadata"),
        ({"user_id": "a", "metadata": [1]}, "metadata"),
        ({"user_id": "a", "metadata": {"n": 2**65}}, "metadata"),
        ({"user_id": "a", "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"user_id": "a", "expires_at": "soon"}, "expires_at"),
        ({"user_id": "a", "expires_at": "9999-12-31T23:59:59-12:00"}, "expires_at"),
        ({"user_id": "a", "consent": True}, "consent"),
        ({"user_id": "a", "consent": {}}, "consent"),
        ({"user_id": "a", "consent": {**CONSENT, "given_at": "2126-01-01T00:00Z"}}, "consent"),
        ({"user_id": "a", "consent": {**CONSENT, "given_at": "0001-01-01T00:00Z"}}, "consent"),
        ({"user_id": "a", "consent": {**CONSENT, "text_version": "x" * 101}}, "consent"),
        ({"user_id": "a", "consent": {**CONSENT, "signature": "x"}}, "consent"),
        ({"user_id": "a", "is_active": False}, "is_active"),
    ],
)
def test_what_cannot_be_recorded_is_refused(users, body, field):
    refused = problem(users.http.post(USERS, body, format="json"), 400, "validation_failed")
    assert {name.partition(".")[0] for name in refused["errors"]} == {field}
    assert not Subject.objects.exists()


def test_only_what_is_sent_is_changed(users, heard):
    users.create("alice", display_name="Ada", metadata={"floor": 3}, consent=CONSENT)
    changed = users.change("alice", display_name="Ada L.", expires_at=in_days(1)).json()
    assert changed == users.read("alice").json()
    assert (changed["display_name"], changed["metadata"]) == ("Ada L.", {"floor": 3})
    assert changed["consent"] == CONSENT
    assert users.change("alice", consent=None, expires_at=None).json()["consent"] is None
    assert users.read("alice").json()["expires_at"] is None
    assert [event.changed for event in heard[1:]] == [
        ("display_name", "expires_at"),
        ("consent", "expires_at"),
    ]
    users.change("alice")
    assert len(heard) == 3
    other_id = users.http.patch(f"{USERS}alice/", {"user_id": "bob"}, format="json")
    problem(other_id, 400, "validation_failed")


def test_another_clients_user_is_like_an_unknown_one(api, other, users):
    Users(other).create("alice")
    for call in (
        users.read("alice"),
        users.change("alice", display_name="x"),
        users.erase("alice"),
        users.post("alice", "activate"),
        users.post("alice", "deactivate"),
        api.http.get(f"{USERS}alice/enrollments/"),
        api.http.get(f"{USERS}alice/authentications/"),
    ):
        problem(call, 404, "user_not_found")
    assert users.ids() == []
    assert Users(other).ids() == ["alice"]


def test_only_clients_call(api, stage, users):
    users.create("alice")
    token = api.enrollment_token("alice")
    for http in (anonymous(), browser(token)):
        for call in (http.get(USERS), http.get(f"{USERS}alice/"), http.delete(f"{USERS}alice/")):
            assert call.status_code in {401, 403}
    assert users.read("alice").status_code == 200


def test_the_list_is_filtered_and_ordered(api, users, stage):
    api.enroll(stage, "bob")
    for name in ("carol", "alice"):
        users.create(name)
    users.post("carol", "deactivate")
    assert users.ids() == ["alice", "carol", "bob"]
    assert users.ids(ordering="user_id") == ["alice", "bob", "carol"]
    assert users.ids(user_id="bob") == ["bob"]
    assert users.ids(user_id="bo") == []
    assert users.ids(is_active="false") == ["carol"]
    assert users.ids(is_enrolled="true") == ["bob"]
    assert users.ids(is_enrolled="false") == ["alice", "carol"]
    since = Subject.objects.get(user_id="carol").created_at.isoformat()
    assert users.ids(created_after=since) == ["alice", "carol"]
    assert users.ids(created_before=since) == ["bob"]


@pytest.mark.parametrize(
    "asked",
    [
        {"is_active": "yes"},
        {"created_after": "soon"},
        {"created_after": "9999-12-31T23:59:59-12:00"},
        {"created_before": "0001-01-01T00:00:00+14:00"},
        {"name": "x"},
        {"ordering": "name"},
    ],
)
def test_a_filter_that_cannot_be_used_is_refused(api, asked):
    problem(api.http.get(USERS, asked), 400, "validation_failed")


def test_pages_go_on_where_the_last_one_ended(api, users):
    for number in range(7):
        users.create(f"u-{number}")
    seen, address = [], f"{USERS}?page_size=3&ordering=user_id"
    while address:
        page = api.http.get(address).json()
        assert len(page["results"]) <= 3
        seen += [row["user_id"] for row in page["results"]]
        address = page["next"]
    assert seen == [f"u-{number}" for number in range(7)]


def test_the_list_asks_no_more_for_more_users(api, users, stage):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert api.http.get(USERS).status_code == 200
        return len(queries)

    api.enroll(stage, "alice", frames=1)
    before = asked()
    for number in range(5):
        users.create(f"u-{number}")
    assert asked() == before


@pytest.mark.parametrize("field", ["user_id", "is_active", "is_enrolled", "lockout"])
def test_a_read_only_field_is_called_so(api, users, field):
    users.create("alice")
    answer = api.http.patch(f"{USERS}alice/", {field: "x"}, format="json")
    (fault,) = problem(answer, 400, "validation_failed")["errors"][field]
    assert fault == {"code": "unknown_field", "message": "This field is read-only."}


@pytest.mark.parametrize("call", ["activate", "deactivate", "unlock"])
def test_calls_without_a_body_refuse_members(api, users, call):
    users.create("alice")
    before = users.read("alice").json()
    address = f"{USERS}alice/{call}/"
    told = problem(api.http.post(address, {"reason": "x"}, format="json"), 400, "validation_failed")
    assert told["errors"]["reason"][0]["code"] == "unknown_field"
    for body in ("[1]", '"x"', "null"):
        answer = api.http.post(address, body, content_type="application/json")
        problem(answer, 400, "validation_failed")
    problem(api.http.post(address, {"reason": "x"}), 400, "validation_failed")
    assert users.read("alice").json() == before
    assert api.http.post(address, {}, format="json").status_code == 200
    assert api.http.post(address).status_code == 200


def test_a_deactivated_user_neither_enrolls_nor_matches(api, users, stage, heard):
    api.enroll(stage, "alice")
    enrolling, verifying = api.enrollment_token("alice"), api.authentication_token("alice")
    del heard[:]
    assert users.post("alice", "deactivate").json()["is_active"] is False
    *ended, switched = heard
    assert [event.reason for event in ended] == ["user_inactive"] * 2
    assert isinstance(switched, events.UserDeactivated)
    for token in (enrolling, verifying):
        status = api.session(token).json()
        assert (status["status"], status["reason"]) == ("cancelled", "user_inactive")
        problem(api.post_frame(token, stage.frame("alice")), 409, "session_finished")
    problem(api.open_enrollment("alice"), 403, "user_inactive")
    problem(api.open_authentication("alice"), 403, "user_inactive")
    assert api.identify(stage.frame("alice"))["matched_user"] is None
    assert users.read("alice").json()["is_enrolled"] is True
    assert users.post("alice", "activate").json()["is_active"] is True
    assert isinstance(heard[-1], events.UserActivated)
    assert api.identify(stage.frame("alice"))["matched_user"] == {"user_id": "alice"}


def test_an_enrollment_that_creates_its_user_tells_so_once(api, heard):
    for _ in range(2):
        api.open_enrollment("alice")
    assert [(type(event), event.user_id) for event in heard] == [
        (events.UserCreated, "alice"),
        (events.SessionOpened, "alice"),
        (events.SessionOpened, "alice"),
    ]


def test_switching_twice_is_once(users, heard):
    users.create("alice")
    for action in ("activate", "deactivate", "deactivate", "activate", "activate"):
        assert users.post("alice", action).status_code == 200
    assert [type(event) for event in heard] == [
        events.UserCreated,
        events.UserDeactivated,
        events.UserActivated,
    ]


def test_the_admin_switches_off_by_the_same_way(api, stage, admin_client):
    token = api.enrollment_token("alice")
    subject = Subject.objects.get()
    form = {"metadata": "{}", "display_name": "Ada"}  # is_active is not checked
    answer = admin_client.post(f"/admin/clients/subject/{subject.pk}/change/", form)
    assert answer.status_code == 302
    assert api.session(token).json()["reason"] == "user_inactive"


def test_the_sessions_of_a_user(api, users, stage):
    first = api.enroll(stage, "alice")["enrollment_id"]
    second = api.enroll(stage, "alice")["enrollment_id"]
    api.enroll(stage, "bob")
    api.verify(stage.frame("alice"))
    api.identify(stage.frame("alice"))
    api.identify(stage.frame("bob"))
    api.authentication_token("alice")
    enrollments = api.http.get(f"{USERS}alice/enrollments/").json()["results"]
    assert [row["enrollment_id"] for row in enrollments] == [second, first]
    listed = api.http.get(f"{USERS}alice/authentications/").json()["results"]
    assert [(row["session_type"], row["result"], row["reason"]) for row in listed] == [
        ("verification", None, None),
        ("identification", "success", "matched"),
        ("verification", "success", "matched"),
    ]
    assert listed[0]["status"] == "active"
    assert listed[1]["similarity_score"] > 0.5
    assert listed[1]["finished_at"] > listed[1]["created_at"]
    assert (listed[1]["capture_type"], listed[1]["source"]) == ("api", "api")


def test_an_expired_user_is_not_enrolled_any_more(api, users, stage):
    api.enroll(stage, "alice")
    Subject.objects.update(expires_at=timezone.now())
    assert users.read("alice").json()["is_enrolled"] is False
    assert users.ids(is_enrolled="true") == []
    assert FaceTemplate.objects.exists()
    assert EnrollmentSession.objects.exists()
