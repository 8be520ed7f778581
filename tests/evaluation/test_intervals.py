"""Intervals cover the truth about as often as they claim."""

import numpy as np
import pytest

from faceplatform.evaluation import intervals, metrics
from faceplatform.evaluation.comparisons import all_against_all
from tests.evaluation.people import made_up


def test_the_rate_itself_lies_within():
    comparisons = all_against_all(*made_up(150, 3, spread=1.3))
    threshold = metrics.threshold_at(comparisons.impostors, 1e-2)
    rate = metrics.false_non_match_rate(comparisons.genuine, threshold)
    low, high = intervals.fnmr_intervals(comparisons, [1e-2], draws=200)[1e-2]
    assert 0 < low < rate < high < 1


def test_it_is_repeatable():
    comparisons = all_against_all(*made_up(40, 3, spread=1.3))
    first, second = (intervals.fnmr_intervals(comparisons, [1e-2], draws=50) for _ in range(2))
    assert first == second


def test_more_people_narrow_it():
    def width(people):
        comparisons = all_against_all(*made_up(people, 3, spread=1.3))
        low, high = intervals.fnmr_intervals(comparisons, [1e-2], draws=200)[1e-2]
        return high - low

    assert width(400) < 0.6 * width(60)


@pytest.mark.parametrize("people", [10, 100])
def test_no_miss_is_no_proof(people):
    """The rule of three: n people without a miss leave about 3 / n."""
    comparisons = all_against_all(*made_up(people, 2, spread=0.01))
    low, high = intervals.fnmr_intervals(comparisons, [1e-2], draws=20)[1e-2]
    assert low == 0
    assert high == pytest.approx(1 - 0.05 ** (1 / people))


def test_it_covers_the_true_rate():
    """The truth is known from many people; intervals from few contain it."""
    whole = all_against_all(*made_up(1000, 2, spread=1.2, seed=99))
    truth = metrics.false_non_match_rate(whole.genuine, metrics.threshold_at(whole.impostors, 1e-2))
    covered = []
    for seed in range(20):
        few = all_against_all(*made_up(80, 2, spread=1.2, seed=seed))
        low, high = intervals.fnmr_intervals(few, [1e-2], draws=100)[1e-2]
        covered.append(low <= truth <= high)
    assert np.mean(covered) >= 0.8
