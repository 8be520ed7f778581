"""Bins, percentiles, the what-if and the stability index: pure functions."""

import random
from collections import Counter

import pytest

from analytics import drift, measures, performance
from faceplatform.matching.calibration import score_at


@pytest.mark.parametrize(
    ("score", "number"),
    [(0.0, 0), (0.0166, 0), (1 / 60, 1), (0.5, 30), (2 / 3, 40), (5 / 6, 50), (0.999, 59), (1, 59)],
)
def test_bins_of_scores(score, number):
    assert measures.score_bin(score) == number


@pytest.mark.parametrize(
    ("milliseconds", "number"), [(0, 0), (0.99, 0), (1, 1), (9.99, 10), (10, 11), (1e12, 80)]
)
def test_bins_of_times(milliseconds, number):
    assert measures.time_bin(milliseconds) == number


def test_a_time_lies_within_the_edges_of_its_bin():
    dice = random.Random(1)
    for _ in range(1000):
        value = 10 ** dice.uniform(-1, 7)
        low, high = measures.time_edges(measures.time_bin(value))
        assert low <= value * (1 + 1e-9)
        assert value < high * (1 + 1e-9)


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
def test_a_percentile_is_within_a_bin_of_the_true_one(share):
    dice = random.Random(2)
    values = sorted(dice.lognormvariate(6, 1) for _ in range(5000))
    bins = Counter(measures.time_bin(value) for value in values)
    true = values[int(share * len(values))]
    found = measures.percentile(bins, share)
    assert found is not None
    assert true / 10**0.1 <= found <= true * 10**0.1


def test_there_is_no_percentile_of_nothing():
    assert measures.percentile(Counter(), 0.5) is None


@pytest.mark.parametrize("false_match_rate", [1e-2, 1e-3, 1e-4, 1e-5, 3e-4, 0.05, 0.1])
def test_the_what_if_against_a_recount(false_match_rate):
    """Decisions at FMR 1e-3, judged again at another point from the scores themselves."""
    dice, limit = random.Random(3), score_at(1e-3)
    scores = [dice.random() for _ in range(2000)]
    accepted = [score for score in scores if score >= limit]
    refused = [score for score in scores if score < limit]
    found = performance.what_if(
        false_match_rate,
        Counter(map(measures.score_bin, accepted)),
        Counter(map(measures.score_bin, refused)),
        look_fmr=false_match_rate,
    )
    other = score_at(false_match_rate)
    for name, count in {
        "would_be_refused": sum(score < other for score in accepted),
        "would_be_accepted": sum(score >= other for score in refused),
    }.items():
        bounds = found[name]
        assert bounds["least"] <= count <= bounds["most"]
        if false_match_rate in performance.POINTS:  # edges of bins
            assert bounds["least"] == bounds["most"]
    assert found["decisions"] == 2000


def test_the_stability_index():
    # Two of ten groups hold values: 100 and 300, against 200 and 200; half a value in each.
    week, reference = Counter({0: 100, 59: 300}), Counter({0: 200, 59: 200})
    assert drift.stability_index(week, reference) == pytest.approx(0.27044, abs=1e-5)
    assert drift.stability_index(week, week) == 0
    assert drift.stability_index(Counter({0: 1000}), Counter({59: 1000})) > 5
