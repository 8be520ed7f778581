"""user_id: an identifier from the caller's system, kept unchanged."""

import unicodedata

import pytest
from django.core.exceptions import ValidationError

from clients import credentials
from clients.models import Subject
from tests.stage import problem

pytestmark = pytest.mark.django_db


def open_enrollment(api, user_id):
    body = {"user_id": user_id, "session_type": "api"}
    return api.http.post("/api/auth/enrollment/", body, format="json")


@pytest.mark.parametrize(
    "user_id",
    [
        "a",
        "x" * 150,
        "🙂" * 150,
        "日本語",
        "user@example.com",
        "../../etc/passwd",
        "'; DROP TABLE clients_subject; --",
        "<b>bold</b>",
        " leading",
        "trailing ",
        "in  between",
        "%00",
        "null",
    ],
)
def test_it_is_kept_to_the_letter(api, stage, user_id):
    answer = open_enrollment(api, user_id)
    assert answer.status_code == 201
    assert Subject.objects.get().user_id == user_id
    assert api.session(answer.json()["session_token"]).json()["user_id"] == user_id
    found = api.http.get("/api/auth/enrollments/", {"user_id": user_id}).json()["results"]
    assert [row["user_id"] for row in found] == [user_id]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("alice", " alice"),
        ("alice", "alice "),
        ("alice", "Alice"),
        (unicodedata.normalize("NFC", "é"), unicodedata.normalize("NFD", "é")),
        ("1", "01"),
    ],
)
def test_alike_is_not_the_same(api, stage, one, two):
    assert open_enrollment(api, one).status_code == open_enrollment(api, two).status_code == 201
    assert set(Subject.objects.values_list("user_id", flat=True)) == {one, two}


def test_the_same_is_one_user(api, stage):
    open_enrollment(api, "alice")
    open_enrollment(api, "alice")
    assert Subject.objects.count() == 1


@pytest.mark.parametrize(
    ("user_id", "code"),
    [
        ("", "blank"),
        (None, "null"),
        ("x" * 151, "max_length"),
        ("nul\x00", "control"),
        ("tab\t", "control"),
        ("line\n", "control"),
        ("\x1b[31m", "control"),
        ("del\x7f", "control"),
        (True, "invalid"),
        (["alice"], "invalid"),
        ({"id": "alice"}, "invalid"),
    ],
)
@pytest.mark.parametrize("path", ["enrollment", "authentication"])
def test_what_cannot_be_one(api, stage, path, user_id, code):
    body = {"user_id": user_id, "session_type": "api"}
    answer = api.http.post(f"/api/auth/{path}/", body, format="json")
    errors = problem(answer, 400, "validation_failed")["errors"]
    assert code in {fault["code"] for fault in errors["user_id"]}
    assert not Subject.objects.exists()


@pytest.mark.parametrize("user_id", ["", "x" * 151, "nul\x00", "line\n"])
def test_the_list_is_not_filtered_by_what_cannot_be_one(api, user_id):
    answer = api.http.get("/api/auth/enrollments/", {"user_id": user_id})
    assert set(problem(answer, 400, "validation_failed")["errors"]) == {"user_id"}


def test_a_number_is_its_digits(api, stage):
    open_enrollment(api, 7)
    assert Subject.objects.get().user_id == "7"


UNSEEN = {
    "C1": "\x80\x85\x9f",
    "turns direction": "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    "has no width": "\u200b\u2060\ufeff\u00ad\u180e",
    "ends a line": "\u2028\u2029",
    "unassigned": "\u0378\ufffe\U0010ffff\U000e0080",
    "tags": "\U000e0001\U000e0041",
}
EACH = [pytest.param(c, id=f"{kind} {ord(c):x}") for kind, some in UNSEEN.items() for c in some]


@pytest.mark.parametrize("character", EACH)
def test_a_new_one_has_no_character_that_nobody_sees(api, stage, character):
    for user_id in (f"al{character}ice", character, f"alice{character}"):
        answer = open_enrollment(api, user_id)
        errors = problem(answer, 400, "validation_failed")["errors"]
        assert [fault["code"] for fault in errors["user_id"]] == ["control"]
    assert not Subject.objects.exists()


@pytest.mark.parametrize(
    "user_id", ["می\u200cشود", "क्\u200dष", "👩\u200d👧", "\ue000", "a\u0301", "\u00a0"]
)
def test_joiners_and_what_is_seen_are_letters_like_others(api, stage, user_id):
    assert open_enrollment(api, user_id).status_code == 201
    assert Subject.objects.get().user_id == user_id


@pytest.mark.parametrize("user_id", ["al\x85ice", "al\u202eice", "\u0378"])
def test_one_that_is_there_stays_valid(api, stage, user_id):
    Subject.objects.create(client=api.client, user_id=user_id)
    api.enroll(stage, user_id, person="alice")
    assert api.verify(stage.frame("alice"), user_id)["result"] == "success"
    found = api.http.get("/api/auth/enrollments/", {"user_id": user_id}).json()["results"]
    assert [row["user_id"] for row in found] == [user_id]
    assert Subject.objects.count() == 1


def test_an_unknown_one_is_looked_for_all_the_same(api, stage):
    problem(api.open_authentication("al\u202eice"), 404, "user_not_found")
    found = api.http.get("/api/auth/enrollments/", {"user_id": "al\x85ice"})
    assert found.json()["results"] == []


@pytest.mark.parametrize("name", ["ac\x85me", "ac\u202eme", "\u200b"])
def test_nor_has_a_new_clients_name(db, name):
    with pytest.raises(ValidationError):
        credentials.create_client(name)


def test_a_client_that_is_there_can_be_saved(api):
    api.client.name = "ac\u202eme"
    api.client.save()
    api.client.full_clean()
