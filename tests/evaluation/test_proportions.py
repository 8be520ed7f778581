"""Exact limits of proportions, against published values."""

import pytest

from faceplatform.evaluation.proportions import Proportion


@pytest.mark.parametrize(
    ("count", "of", "bound"),
    [(0, 20, 0.139), (0, 28, 0.101), (0, 150, 0.020), (1, 10, 0.394), (10, 10, 1.0)],
)
def test_the_one_sided_bound(count, of, bound):
    assert Proportion(count, of).upper_bound == pytest.approx(bound, abs=5e-4)


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        (5, 10, 0.1871, 0.8129),
        (0, 10, 0.0, 0.3085),
        (10, 10, 0.6915, 1.0),
        (1, 100, 0.0003, 0.0545),
        (300, 3000, 0.0895, 0.1113),
    ],
)
def test_the_two_sided_interval(count, of, low, high):
    found = Proportion(count, of)
    assert found.interval == pytest.approx((low, high), abs=1e-4)
    assert found.rate == count / of


def test_without_trials_there_is_no_rate():
    none = Proportion(0, 0)
    assert (none.rate, none.interval, none.upper_bound) == (None, None, None)
