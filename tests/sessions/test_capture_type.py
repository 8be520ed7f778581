"""`capture_type`: the source of the frames, under one name in requests and answers."""

import pytest

from tests.stage import problem

pytestmark = pytest.mark.django_db
OPENINGS = ["/api/auth/enrollment/", "/api/auth/authentication/"]


def user_of(path: str) -> dict[str, str]:
    return {"user_id": "alice"} if path == OPENINGS[0] else {}


@pytest.mark.parametrize("path", OPENINGS)
@pytest.mark.parametrize("name", ["capture_type", "session_type"])
def test_either_name_opens_a_session(api, path, name):
    answer = api.http.post(path, {name: "mobile", **user_of(path)}, format="json")
    assert answer.status_code == 201
    assert answer.json()["capture_type"] == "mobile"
    status = api.session(answer.json()["session_token"]).json()
    assert status["capture_type"] == "mobile"
    assert status["session_type"] in {"enrollment", "identification"}


@pytest.mark.parametrize("path", OPENINGS)
@pytest.mark.parametrize("other", ["webcam", "api"])
def test_both_names_are_refused(api, path, other):
    body = {"capture_type": "api", "session_type": other, **user_of(path)}
    errors = problem(api.http.post(path, body, format="json"), 400, "validation_failed")["errors"]
    assert errors == {
        "capture_type": [
            {"code": "ambiguous", "message": "Send either capture_type or session_type."}
        ]
    }


@pytest.mark.parametrize("path", OPENINGS)
def test_one_of_them_is_required(api, path):
    answer = api.http.post(path, user_of(path), format="json")
    errors = problem(answer, 400, "validation_failed")["errors"]
    assert errors == {"capture_type": [{"code": "required", "message": "This field is required."}]}


def test_its_fault_is_listed_with_the_others(api):
    answer = api.http.post(OPENINGS[0], {"target_samples": 0}, format="json")
    errors = problem(answer, 400, "validation_failed")["errors"]
    assert set(errors) == {"capture_type", "target_samples", "user_id"}


@pytest.mark.parametrize("name", ["capture_type", "session_type"])
def test_an_unknown_source(api, name):
    answer = api.http.post(OPENINGS[1], {name: "fax"}, format="json")
    errors = problem(answer, 400, "validation_failed")["errors"]
    assert errors[name][0]["message"] == "Choose one of: webcam, mobile, api."


def test_lists_of_enrollments_have_it(api):
    api.open_enrollment()
    listed = api.http.get("/api/auth/enrollments/").json()["results"][0]
    assert (listed["capture_type"], listed["session_type"]) == ("api", "api")
