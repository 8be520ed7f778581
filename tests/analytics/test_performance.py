"""Times, distributions of scores, and decisions at another operating point."""

import pytest
from django.utils import timezone

from analytics import rolling
from analytics.models import SessionType
from tests.analytics.histories import fact
from tests.stage import problem

pytestmark = pytest.mark.django_db
URL = "/api/analytics/model-performance/"


@pytest.fixture
def verified(api, stage):
    """Matches at 0.55, 0.7 and 0.9, a refusal at 0.4 and one at 0.2; an identification."""

    def store(similarity: float, *, is_match: bool = True, **values) -> None:
        outcome = {"outcome": "success", "reason": "matched"}
        if not is_match:
            outcome = {"outcome": "failure", "reason": "no_match"}
        members = {**outcome, "similarity": similarity, "ended_at": timezone.now(), **values}
        fact(api.client, **members).save()

    for similarity in (0.55, 0.7, 0.9):
        store(similarity)
    for similarity in (0.2, 0.4):
        store(similarity, is_match=False)
    store(0.55, session_type=SessionType.IDENTIFICATION, stage_milliseconds={}, duration_ms=100)
    rolling.roll_up(limit=500)
    return api


def read(api, **query):
    answer = api.http.get(URL, query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_histograms_of_scores(verified):
    found = read(verified)
    assert [(each["from"], each["sessions"]) for each in found["accepted_scores"]] == [
        (0.55, 2),
        (0.7, 1),
        (0.9, 1),
    ]
    assert [each["from"] for each in found["refused_scores"]] == [0.2, 0.4]


def test_decisions_of_verifications_at_other_points(verified):
    found = read(verified, false_match_rate="0.002")["what_if"]
    changed = {
        each["false_match_rate"]: (
            each["would_be_refused"]["least"],
            each["would_be_accepted"]["least"],
        )
        for each in found
    }
    assert changed == {0.01: (0, 1), 0.001: (0, 0), 0.0001: (1, 0), 0.00001: (2, 0), 0.002: (0, 0)}
    assert {each["decisions"] for each in found} == {5}


def test_times(verified):
    found = read(verified)
    (detection, recognition) = found["stages"]
    assert (detection["stage"], recognition["stage"]) == ("detection", "recognition")
    assert detection["sessions"] == 5
    assert 10 <= detection["p50_ms"] <= 12.6  # 20 ms of two frames
    assert found["session"]["sessions"] == 6
    assert 1000 < found["session"]["p95_ms"] < 2000


@pytest.mark.parametrize("rate", ["0", "1", "nan", "inf", "much", "1e-9"])
def test_an_operating_point_that_no_policy_has(api, rate):
    answer = api.http.get(URL, {"false_match_rate": rate})
    assert "false_match_rate" in problem(answer, 400, "validation_failed")["errors"]
