"""GET /api/core/health/: open to all, reveals nothing to strangers."""

import pytest

from faceplatform.api.throttles import CallerThrottle
from tests.stage import anonymous

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("header", [None, "Bearer garbage", "Basic x"])
def test_it_needs_no_token_and_minds_none(header):
    extra = {"HTTP_AUTHORIZATION": header} if header else {}
    answer = anonymous().get("/api/core/health/", **extra)
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}


def test_it_is_not_throttled(monkeypatch):
    monkeypatch.setattr(CallerThrottle, "THROTTLE_RATES", {"caller": "1/min"})
    for _ in range(3):
        assert anonymous().get("/api/core/health/").status_code == 200
