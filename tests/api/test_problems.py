"""Every error is one problem document, whatever raised it."""

import pytest
from django.db import OperationalError
from rest_framework.renderers import JSONRenderer

from faceplatform.api.throttles import CallerThrottle
from faceplatform.system.views import HealthView
from tests.stage import anonymous, limit, problem, upload

pytestmark = pytest.mark.django_db


def test_400_names_each_field(api):
    body = problem(
        api.http.post("/api/auth/enrollment/", {}, format="json"), 400, "validation_failed"
    )
    assert set(body["errors"]) == {"user_id", "capture_type"}
    for faults in body["errors"].values():
        assert faults == [{"code": "required", "message": "This field is required."}]


def test_400_of_a_body_that_cannot_be_parsed_repeats_nothing_of_it(api):
    answer = api.http.post(
        "/api/auth/enrollment/", '{"user_id": secret-word', content_type="application/json"
    )
    problem(answer, 400, "malformed")
    assert b"secret-word" not in answer.content


def test_400_of_a_multipart_body_that_cannot_be_parsed(api):
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x"):
        answer = api.http.post("/api/auth/process-image/", b"--y\r\n", content_type=kind)
        assert answer.status_code == 400
        assert answer.json()["code"] in {"malformed", "validation_failed"}


def test_400_of_too_many_form_fields(api):
    fields = {f"field{number}": "x" for number in range(60)}
    answer = api.http.post("/api/auth/process-image/", fields, format="multipart")
    problem(answer, 400, "malformed")


def test_400_of_too_many_files(api):
    files = {name: upload(b"x") for name in ("image", "frame_data", "image_base64")}
    problem(api.http.post("/api/auth/process-image/", files, format="multipart"), 400, "malformed")


def test_401_without_and_with_a_wrong_token(db):
    problem(anonymous().get("/api/auth/enrollments/"), 401, "not_authenticated")
    answer = anonymous().get("/api/auth/enrollments/", HTTP_AUTHORIZATION="Bearer x")
    problem(answer, 401, "authentication_failed")


def test_403_of_a_user_that_is_switched_off(api, stage):
    api.enroll(stage, "alice", frames=1)
    api.client.subjects.update(is_active=False)
    problem(api.open_authentication("alice"), 403, "user_inactive")


@pytest.mark.parametrize("path", ["/api/", "/api/nothing/", "/api/auth/enrollment", "/api/auth/x"])
def test_404_of_an_unknown_address_is_json(db, path):
    for answer in (anonymous().get(path), anonymous().post(path, {}, format="json")):
        problem(answer, 404, "not_found")


def test_405_says_what_is_allowed(api):
    answer = api.http.get("/api/auth/enrollment/")
    problem(answer, 405, "method_not_allowed")
    assert "POST" in answer["Allow"]
    problem(api.http.put("/api/auth/enrollments/", {}, format="json"), 405, "method_not_allowed")
    problem(anonymous().delete("/api/core/health/"), 405, "method_not_allowed")


def test_406_of_a_format_that_is_not_spoken(api):
    problem(api.http.get("/api/auth/enrollments/", HTTP_ACCEPT="text/html"), 406, "not_acceptable")
    answer = api.http.get("/api/auth/enrollments/", HTTP_ACCEPT="application/problem+json")
    problem(answer, 406, "not_acceptable")


@pytest.mark.parametrize(
    "kind",
    ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"],
)
def test_413_of_a_body_beyond_the_limit_whatever_its_type(api, settings, kind):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = api.http.post("/api/auth/process-image/", b"x" * 1001, content_type=kind)
    problem(answer, 413, "request_too_large")


def test_413_without_a_token_on_the_way_to_one(db, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = anonymous().post("/api/core/auth/client/", "x" * 1001, content_type="application/json")
    problem(answer, 413, "request_too_large")


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "image/png", "x", "json"])
def test_415_of_another_content_type(api, kind):
    for path in ("/api/auth/enrollment/", "/api/auth/process-image/", "/api/core/auth/client/"):
        answer = api.http.post(path, b"data", content_type=kind)
        problem(answer, 415, "unsupported_media_type")


def test_429_follows_a_window_that_slides(api, monkeypatch):
    now = [1_000_020.0]  # the first second of a minute
    limit(api, calls_per_minute=4)
    monkeypatch.setattr(CallerThrottle, "timer", lambda self: now[0])

    def called() -> list[int]:
        return [api.http.get("/api/auth/enrollments/").status_code for _ in range(3)]

    assert called() == [200, 200, 200]
    now[0] += 59
    assert called() == [200, 429, 429]
    now[0] += 31  # half of the last minute is out of the window: two of its four calls
    assert called() == [200, 200, 429]
    answer = api.http.get("/api/auth/enrollments/")
    now[0] += int(answer["Retry-After"])  # a quarter of a minute later, one more
    assert called() == [200, 429, 429]


def test_429_says_when_to_come_back(api, other, monkeypatch):
    limit(api, calls_per_minute=2)
    monkeypatch.setattr(CallerThrottle, "timer", lambda self: 1_000_000.0)
    for _ in range(2):
        assert api.http.get("/api/auth/enrollments/").status_code == 200
    answer = api.http.get("/api/auth/enrollments/")
    problem(answer, 429, "throttled")
    # 40 s into a minute: 20 s to its end, 30 until the next holds no more than one of its calls.
    assert answer["Retry-After"] == "50"
    assert other.http.get("/api/auth/enrollments/").status_code == 200


@pytest.fixture
def broken(monkeypatch):
    def get(self, request):
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr(HealthView, "get", get)


def test_500_says_nothing_of_what_broke(broken, db, caplog):
    answer = anonymous().get("/api/core/health/")
    problem(answer, 500, "internal_error")
    for word in (b"hunter2", b"RuntimeError", b"Traceback", b"test_problems"):
        assert word not in answer.content
    assert "hunter2" in caplog.text  # the log has the cause


def test_500_outside_of_a_view_looks_the_same(db, monkeypatch):
    def render(self, *args, **kwargs):
        raise RuntimeError("hunter2")

    monkeypatch.setattr(JSONRenderer, "render", render)
    answer = anonymous().get("/api/core/health/")
    problem(answer, 500, "internal_error")
    assert b"hunter2" not in answer.content


def test_503_of_a_database_that_is_away(db, monkeypatch):
    def get(self, request):
        raise OperationalError("no connection to 10.0.0.7")

    monkeypatch.setattr(HealthView, "get", get)
    answer = anonymous().get("/api/core/health/")
    problem(answer, 503, "storage_unavailable")
    assert answer["Retry-After"] == "2"
    assert b"10.0.0.7" not in answer.content
