"""X-Request-ID in every answer: the caller's own if it is well-formed, else a new one."""

from uuid import UUID

import pytest

from faceplatform.request_id import current_request_id
from tests.stage import anonymous, problem

pytestmark = pytest.mark.django_db


def get(**extra):
    return anonymous().get("/api/core/health/", **extra)


def test_each_request_gets_its_own():
    first, second = get()["X-Request-ID"], get()["X-Request-ID"]
    assert first != second
    assert UUID(first)


@pytest.mark.parametrize(
    "given", ["abcdefgh", "3f0c9a52-6d1e-4b7a-9d53-0c1f5a2b7e44", "A.b_c-1234"]
)
def test_a_sane_one_is_kept(given):
    assert get(HTTP_X_REQUEST_ID=given)["X-Request-ID"] == given


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 65, "with space", "a\nb-injected", "<script>alert", "ключключ"]
)
def test_others_are_replaced(given):
    assert UUID(get(HTTP_X_REQUEST_ID=given)["X-Request-ID"])


def test_it_is_in_problems_and_in_frame_answers(api, stage):
    answer = anonymous().get("/api/nothing/", HTTP_X_REQUEST_ID="my-request-1")
    assert problem(answer, 404, "not_found")["request_id"] == "my-request-1"
    frame = api.post_frame(api.enrollment_token(), stage.frame())
    assert frame.json()["request_id"] == frame["X-Request-ID"]


def test_none_is_left_behind():
    get()
    assert current_request_id() == "-"
