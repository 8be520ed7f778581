"""Unknown or repeated fields, parameters and choices are refused by name."""

from urllib.parse import urlencode

import pytest

from tests.stage import anonymous, as_base64, problem, upload

pytestmark = pytest.mark.django_db

POSTS = {
    "/api/core/auth/client/": {"api_key": "k", "api_secret": "s"},
    "/api/core/auth/token/refresh/": {"refresh": "r"},
    "/api/core/auth/token/verify/": {"token": "t"},
    "/api/core/auth/token/revoke/": {"token": "t"},
    "/api/clients/credentials/": {"name": "gate", "scopes": ["enroll"]},
    "/api/auth/enrollment/": {"user_id": "alice", "session_type": "api"},
    "/api/auth/authentication/": {"session_type": "api"},
    "/api/auth/process-image/": {"session_token": "t", "image": "AAAA"},
}
GETS = ["/api/auth/enrollments/", "/api/core/status/", "/api/auth/sessions/enr_x/"]


def faults(answer) -> dict:
    return problem(answer, 400, "validation_failed")["errors"]


@pytest.mark.parametrize("path", POSTS)
def test_an_unknown_field(api, stage, path):
    errors = faults(api.http.post(path, {**POSTS[path], "gibberish": 1}, format="json"))
    assert list(errors) == ["gibberish"]
    (fault,) = errors["gibberish"]
    assert fault["code"] == "unknown_field"
    named = fault["message"].removeprefix("There is no such field. Choose among: ")
    assert set(POSTS[path]) <= set(named.removesuffix(".").split(", "))


def test_a_misspelt_one_names_the_one_that_was_meant(api, stage):
    errors = faults(api.open_enrollment("alice", target_sampels=5))
    message = "There is no such field. Did you mean target_samples?"
    assert errors == {"target_sampels": [{"code": "unknown_field", "message": message}]}
    assert not api.client.subjects.exists()


def test_together_with_what_else_is_wrong(api):
    body = {"userid": "alice", "session_type": "fax"}
    errors = faults(api.http.post("/api/auth/enrollment/", body, format="json"))
    assert {name: fault[0]["code"] for name, fault in errors.items()} == {
        "user_id": "required",
        "userid": "unknown_field",
        "session_type": "invalid_choice",
    }


def test_a_wrong_choice_names_the_choices(api):
    errors = faults(api.open_enrollment("alice", session_type="fax"))
    assert errors["session_type"][0]["message"] == "Choose one of: webcam, mobile, api."


@pytest.mark.parametrize(
    ("address", "parameter", "choices"),
    [
        ("imports/?status=done", "status", "queued, running, completed, cancelled, failed"),
        ("credentials/?is_active=yes", "is_active", "true, false"),
    ],
)
def test_a_filters_wrong_choice_names_the_choices(api, address, parameter, choices):
    errors = faults(api.http.get(f"/api/clients/{address}"))
    assert errors[parameter][0]["message"] == f"Choose one of: {choices}."


@pytest.mark.parametrize("parameter", ["page", "offset"])
def test_pages_by_number_are_told_of_cursors(api, parameter):
    errors = faults(api.http.get(f"/api/clients/users/?{parameter}=2"))
    message = "Pages have cursors: follow `next` in the answer."
    assert errors == {parameter: [{"code": "unknown_field", "message": message}]}


@pytest.mark.parametrize("body", ["[]", "null", '"a"', "7"])
def test_a_body_that_is_no_object(api, body):
    path = "/api/clients/users/"
    errors = faults(api.http.post(path, body, content_type="application/json"))
    assert errors["non_field_errors"][0]["message"] == "Send a JSON object."


@pytest.mark.parametrize("member", ["consent", "metadata"])
def test_a_member_that_is_no_object(api, member):
    path = "/api/clients/users/"
    errors = faults(api.http.post(path, {"user_id": "a", member: [1]}, format="json"))
    assert errors[member + ".non_field_errors" * (member == "consent")][0]["message"] == (
        "Send a JSON object."
    )


@pytest.mark.parametrize("kind", ["multipart", "application/x-www-form-urlencoded"])
def test_in_forms(api, stage, kind):
    fields = {
        "session_token": api.enrollment_token(),
        "image": as_base64(stage.frame()),
        "frame_nr": "1",
    }
    path = "/api/auth/process-image/"
    if kind == "multipart":
        answer = api.http.post(path, fields, format="multipart")
    else:
        answer = api.http.post(path, urlencode(fields), content_type=kind)
    assert faults(answer)["frame_nr"][0]["message"].endswith("Did you mean frame_number?")


def test_every_field_that_is_known(api, stage):
    token = api.enrollment_token(metadata={"target_sampels": 1})
    answer = api.post_frame(token, stage.frame(), frame_number="7")
    assert answer.status_code == 200


@pytest.mark.parametrize("path", GETS)
def test_an_unknown_parameter(api, path):
    for name in ("nonsense", "format"):
        errors = faults(api.http.get(path, {name: "json"}))
        assert errors[name][0]["code"] == "unknown_field"


def test_a_misspelt_filter_is_no_list_of_everything(api, stage):
    api.open_enrollment("alice")
    errors = faults(api.http.get("/api/auth/enrollments/", {"userid": "bob"}))
    assert errors["userid"][0]["message"] == "There is no such field. Did you mean user_id?"
    known = {"user_id": "alice", "page_size": "1"}
    assert api.http.get("/api/auth/enrollments/", known).status_code == 200


@pytest.mark.parametrize("path", POSTS)
def test_a_field_in_the_address(api, stage, path):
    errors = faults(api.http.post(f"{path}?target_samples=5", POSTS[path], format="json"))
    assert set(errors) == {"target_samples"}


@pytest.mark.parametrize(
    "path", ["/api/core/health/", "/", "/api/schema/", "/api/schema/swagger-ui/"]
)
def test_health_checks_and_pages_may_be_asked_with_any_parameter(db, path):
    assert anonymous().get(f"{path}?nocache=1").status_code == 200


def test_of_many_and_long_names_some_are_told(api, stage):
    names = {f"{n}" * 60: 1 for n in range(10, 40)}
    errors = faults(api.open_enrollment("alice", **names))
    assert len(errors) == 10
    assert all(len(name) == 100 for name in errors)


def test_strangers_are_told_of_nothing_but_their_token(db):
    answer = anonymous().get("/api/auth/enrollments/", {"nonsense": "1"})
    problem(answer, 401, "not_authenticated")


@pytest.mark.parametrize("query", ["user_id=a&user_id=b", "page_size=1&page_size=1"])
def test_a_parameter_that_is_given_twice(api, query):
    errors = faults(api.http.get(f"/api/auth/enrollments/?{query}"))
    assert errors == {
        query.partition("=")[0]: [{"code": "ambiguous", "message": "Send this field once."}]
    }


@pytest.mark.parametrize("name", ["image", "session_token"])
def test_a_field_of_a_form_that_is_given_twice(api, stage, name):
    """One of two images would be dropped, while the caller believes that both count."""
    token = api.enrollment_token()
    fields = {
        "session_token": [token, token] if name == "session_token" else token,
        "image": [upload(stage.frame()) for _ in range(1 + (name == "image"))],
    }
    answer = api.http.post("/api/auth/process-image/", fields, format="multipart")
    assert faults(answer)[name][0]["code"] == "ambiguous"
    assert api.session(token).json()["frames_received"] == 0
