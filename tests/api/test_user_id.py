"""user_id: a name from the caller's own system, kept to the letter."""

import unicodedata

import pytest

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
