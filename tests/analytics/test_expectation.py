"""The similarities of a week beside those of the calibration's people."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from analytics import drift_alerts, expectation
from analytics.models import AlertRecord, DayHistogram, DaySummary

pytestmark = pytest.mark.django_db
URL = "/api/analytics/drift/"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday
WEEK = "2026-11-16"
# Of people with themselves: 2 % below 1e-2, 18 % more below 1e-4, 40 % more below 1e-6.
_POINTS = [(1e-2, 0.6, 0.02), (1e-4, 0.8, 0.20), (1e-6, 0.9, 0.60)]
AS_EXPECTED = {str(n): (1, 9, 20)[n // 20] + (400 if n == 59 else 0) for n in range(60)}
WORSE = {"10": 60, "25": 80, "35": 40, "45": 20}
BETTER = {"59": 200}


@pytest.fixture(autouse=True)
def calibrated(stage, settings, tmp_path, monkeypatch):
    """Set a calibration that says how similar people were to themselves, and the clock."""
    points = [{"fmr": fmr, "cosine": cosine, "fnmr": fnmr} for fmr, cosine, fnmr in _POINTS]
    table = {"template_frames": 1, "probe_frames": 1, "points": points}
    data = {"model": "fake/1/none", "source": "a test", "tables": [table]}
    (tmp_path / "fake.json").write_text(json.dumps(data))
    settings.FACEPLATFORM_CALIBRATION_DIR = tmp_path
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def enrolled(make_api, stage):
    """Provide a client with a template, at 1 in 1,000."""
    api = make_api(false_match_rate=1e-3)
    api.enroll(stage, "ada")
    return api


def store(api, accepted, refused=None, **members) -> None:
    """Store the histograms of a day of the last whole week."""
    day = (NOW - timedelta(days=4)).date()
    values = {"session_type": "verification", "capture_type": "webcam", "source": "api"} | members
    measured = {"similarity_accepted": accepted, "similarity_refused": refused or {}}
    for measure, bins in measured.items():
        if bins:
            DayHistogram.objects.create(
                client=api.client, day=day, measure=measure, bins=bins, **values
            )
    DaySummary.objects.get_or_create(client=api.client, day=day)


def expectations(api) -> list[dict]:
    found: list[dict] = api.http.get(URL).json()["expectations"]
    return found


def alerts(api) -> list[str]:
    drift_alerts.check(limit=10)
    rows = AlertRecord.objects.filter(client=api.client).order_by("pk")
    return list(rows.values_list("alert", flat=True))


def test_scores_as_expected_are_no_alert(enrolled):
    store(enrolled, AS_EXPECTED)
    (found,) = expectations(enrolled)
    assert (found["week"], found["values"], found["is_below"]) == (WEEK, 1000, False)
    assert found["expected_psi"] < 0.01
    assert found["similarity"] == pytest.approx(found["expected_similarity"], abs=0.001)
    assert alerts(enrolled) == []


def test_lower_scores_are_an_alert_with_its_figures(enrolled, heard):
    store(enrolled, {"45": 20, "35": 40}, {"10": 60, "25": 80})
    (found,) = expectations(enrolled)
    assert found["is_below"]
    assert found["refused_share"] == 0.7
    assert found["expected_refused_share"] == 0.11, "half a way from 1e-2 to 1e-4"
    assert alerts(enrolled) == ["similarity_below_calibration"]
    (event,) = heard
    assert event.alert == "similarity_below_calibration"
    assert event.detail == {name: each for name, each in found.items() if name != "is_below"}
    assert alerts(enrolled) == ["similarity_below_calibration"], "once a week"


def test_higher_scores_are_no_alert(enrolled):
    store(enrolled, BETTER)
    (found,) = expectations(enrolled)
    assert found["expected_psi"] > 0.25
    assert not found["is_below"]
    assert alerts(enrolled) == []


def test_few_scores_are_no_alert(enrolled):
    store(enrolled, {**WORSE, "45": 19})
    assert alerts(enrolled) == []


def test_each_session_type_and_source_is_told_apart(enrolled):
    store(enrolled, AS_EXPECTED)
    store(enrolled, WORSE, source="legacy_003")
    found = {each["source"]: each["is_below"] for each in expectations(enrolled)}
    assert found == {"api": False, "legacy_003": True}


def test_the_older_apis_have_a_rate_of_their_own(make_api, stage):
    api = make_api()
    api.enroll(stage, "ada")
    store(api, AS_EXPECTED)
    store(api, AS_EXPECTED, source="legacy_003")
    found = {each["source"]: each["expected_refused_share"] for each in expectations(api)}
    assert found == {"api": 0.2, "legacy_003": 0.11}, "1e-4, and half a way from 1e-2 to there"


def test_of_identifications_only_matches_are_compared(enrolled):
    """Those who were not recognized may be strangers, and those who were reach the operating point:
    1e-3, a similarity of 0.5."""
    matches = {number: count for number, count in AS_EXPECTED.items() if int(number) >= 30}
    store(enrolled, matches, {"3": 5000}, session_type="identification")
    (found,) = expectations(enrolled)
    assert found["values"] == 890
    assert found["expected_psi"] < 0.01
    assert not found["is_below"]


def test_without_templates_nothing_is_expected(api):
    store(api, WORSE)
    assert expectations(api) == []
    assert alerts(api) == []


def test_a_calibration_that_does_not_say_expects_nothing(enrolled, settings, tmp_path):
    data = json.loads((tmp_path / "fake.json").read_text())
    for point in data["tables"][0]["points"]:
        del point["fnmr"]
    silent = tmp_path / "silent"
    silent.mkdir()
    (silent / "fake.json").write_text(json.dumps(data))
    settings.FACEPLATFORM_CALIBRATION_DIR = silent
    store(enrolled, WORSE)
    assert expectations(enrolled) == []


def test_another_client_is_left_alone(enrolled, other):
    store(enrolled, WORSE)
    assert expectations(other) == []
    assert alerts(other) == []


@pytest.mark.parametrize(
    ("below", "least", "bins"),
    [
        (lambda s: s, 58, {58: 5000, 59: 5000}),
        (lambda s: 0.5 * s, 59, {59: 10_000}),
        (lambda _: 1.0, 30, {}),
    ],
)
def test_expected_histograms(below, least, bins):
    assert expectation.expected_bins(below, least) == Counter(bins)
