"""GET /api/auth/users/{user_id}/: the state of one user's enrollment."""

from urllib.parse import quote

import pytest

from enrollment.models import FaceTemplate
from tests.stage import anonymous, browser, problem

pytestmark = pytest.mark.django_db


def read(api, user_id: str = "alice"):
    return api.http.get(f"/api/auth/users/{quote(user_id, safe='')}/")


def test_before_and_after_an_enrollment(api, stage):
    api.open_enrollment()
    expected = {
        "user_id": "alice",
        "is_active": True,
        "is_enrolled": False,
        "reenrollment_required": False,
    }
    assert read(api).json() == expected
    api.enroll(stage)
    assert read(api).json() == expected | {"is_enrolled": True}


def test_after_the_enrollment_is_removed(api, stage):
    api.enroll(stage)
    listed = api.http.get("/api/auth/enrollments/?user_id=alice").json()["results"]
    assert api.remove(listed[0]["enrollment_id"]).status_code == 204
    assert read(api).json()["is_enrolled"] is False


def test_templates_of_another_model_only(api, stage):
    api.enroll(stage)
    FaceTemplate.objects.update(model_name="another")
    answer = read(api).json()
    assert (answer["is_enrolled"], answer["reenrollment_required"]) == (True, True)


def test_a_user_that_is_switched_off(api, stage):
    api.enroll(stage)
    api.client.subjects.update(is_active=False)
    answer = read(api).json()
    assert (answer["is_enrolled"], answer["is_active"]) == (True, False)


def test_unknown_and_foreign_users_are_alike(api, make_api, stage):
    make_api(name="other").enroll(stage)
    problem(read(api), 404, "user_not_found")
    problem(read(api, "nobody"), 404, "user_not_found")


@pytest.mark.parametrize("user_id", ["a/b", "a/", "Zoë 1", " x ", "a%2Fb", "a?b#c", "x" * 150])
def test_any_id(api, user_id):
    api.open_enrollment(user_id)
    assert read(api, user_id).json()["user_id"] == user_id


@pytest.mark.parametrize(
    ("user_id", "code"), [("x" * 151, "user_not_found"), ("a\nb", "not_found")]
)
def test_an_id_that_no_user_can_have(api, user_id, code):
    problem(read(api, user_id), 404, code)


def test_only_the_clients_token_opens_it(api):
    problem(anonymous().get("/api/auth/users/alice/"), 401, "not_authenticated")
    token = api.enrollment_token()
    problem(browser(token).get("/api/auth/users/alice/"), 401, "not_authenticated")
