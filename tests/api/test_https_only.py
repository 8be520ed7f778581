"""With https required, a call over plain http is refused, and a page is redirected."""

import pytest

from tests.stage import anonymous, problem

pytestmark = pytest.mark.django_db
CREDENTIALS = {"api_key": "fpk_x", "api_secret": "fps_x"}


@pytest.fixture(autouse=True)
def _demanded(settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^api/core/(health|ready)/$"]


@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_a_call_over_plain_http_is_refused(method):
    answer = getattr(anonymous(), method)("/api/core/auth/client/", CREDENTIALS)
    body = problem(answer, 403, "https_required")
    assert "replace" in body["detail"]
    assert "Location" not in answer


def test_so_is_one_of_an_older_api():
    problem(anonymous().post("/upload/", {"user": "x"}), 403, "https_required")


def test_a_page_is_redirected():
    answer = anonymous().get("/admin/")
    assert answer.status_code == 301
    assert answer["Location"].startswith("https://")


def test_over_https_the_view_answers():
    problem(
        anonymous().post("/api/core/auth/client/", CREDENTIALS, secure=True),
        401,
        "authentication_failed",
    )


def test_exempt_is_exempt():
    assert anonymous().get("/api/core/health/").status_code == 200
