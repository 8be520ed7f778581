"""Error rates of scores with known answers."""

import numpy as np
import pytest

from faceplatform.evaluation import metrics
from faceplatform.evaluation.comparisons import all_against_all, impostors_from, per_person


def strangers(scores):
    """Return impostors: n templates of different people and one probe of another person."""
    people = np.arange(len(scores))
    return impostors_from(np.array(scores, np.float32)[:, None], people, np.array([len(scores)]))


def test_the_threshold_lets_in_no_more_than_promised():
    impostors = strangers(np.arange(100) / 100)
    threshold = metrics.threshold_at(impostors, 0.1)
    assert 0.89 < threshold < 0.9
    assert metrics.false_matches(impostors, threshold) == 10
    assert metrics.false_match_rate(impostors, threshold) == pytest.approx(0.1)


def test_equal_scores_are_all_kept_out():
    impostors = strangers([0.5] * 50 + [0.1] * 50)
    assert metrics.false_match_rate(impostors, metrics.threshold_at(impostors, 0.2)) == 0


def test_a_rate_that_no_comparison_reaches_lies_above_them_all():
    impostors = strangers([0.1, 0.2, 0.3])
    assert metrics.false_matches(impostors, metrics.threshold_at(impostors, 1e-3)) == 0


def test_people_confused_counts_pairs_of_people_and_not_comparisons():
    scores = np.array([[0.9, 0.8, 0.1], [0.7, 0.6, 0.1]], np.float32)
    impostors = impostors_from(scores, np.array([0, 0]), np.array([1, 1, 2]))
    assert metrics.false_matches(impostors, 0.5) == 4
    assert metrics.people_confused(impostors, 0.5) == 1


def test_every_person_counts_the_same_in_fnmr():
    genuine = per_person(np.array([0.1, 0.9, 0.9, 0.9, 0.9]), np.array([0, 1, 1, 1, 1]))
    assert metrics.false_non_match_rate(genuine, 0.5) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("genuine", "others", "expected"),
    [
        ([0.8, 0.9], [0.1, 0.2], 0.0),
        ([0.1, 0.2], [0.8, 0.9], 1.0),
        ([0.9, 0.8, 0.7, 0.2], [0.1, 0.15, 0.3, 0.0], 0.25),
    ],
)
def test_equal_error_rate(genuine, others, expected):
    found = metrics.equal_error_rate(np.array(genuine), np.array(others))
    assert found == pytest.approx(expected)


def test_equal_error_rate_of_two_normal_distributions():
    """Means d apart, deviation 1: the rate is that of a normal beyond d / 2."""
    rng = np.random.default_rng(0)
    found = metrics.equal_error_rate(rng.normal(2, 1, 200_000), rng.normal(0, 1, 200_000))
    assert found == pytest.approx(0.1587, abs=0.002)


def test_accuracy_is_that_of_a_threshold_chosen_on_the_other_folds():
    # The best threshold of fold a is 0.5, of fold b 0.2: each is judged at that of the other.
    scores = np.array([0.6, 0.6, 0.4, 0.4, 0.3, 0.3, 0.1, 0.1])
    same = np.array([True, True, False, False] * 2)
    found = metrics.fold_accuracy(scores, same, list("aaaabbbb"))
    assert found is not None
    assert found.folds == (0.5, 0.5)
    assert (found.mean, found.stderr) == (0.5, 0.0)


def test_accuracy_and_its_standard_error():
    scores = np.array([0.9, 0.1] * 3)
    same = np.array([True, False, True, False, True, True])
    found = metrics.fold_accuracy(scores, same, list("aabbcc"))
    assert found is not None
    assert found.folds == (1.0, 1.0, 0.5)
    assert found.stderr == pytest.approx(np.std([1, 1, 0.5], ddof=1) / np.sqrt(3))


def test_one_fold_has_no_accuracy():
    assert metrics.fold_accuracy(np.array([0.9, 0.1]), np.array([True, False]), ["0", "0"]) is None


def test_all_against_all_compares_each_pair_once():
    embeddings = np.eye(4, dtype=np.float32)[[0, 0, 1, 2]]
    found = all_against_all(embeddings, np.array([0, 0, 1, 2]))
    assert found.genuine.scores.tolist() == [1.0]
    assert found.impostors.scores.tolist() == [0.0] * 5
