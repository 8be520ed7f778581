"""Shares of comparisons and their intervals over people."""

import numpy as np
import pytest

from faceplatform.evaluation.comparisons import all_against_all, impostors_from
from faceplatform.evaluation.shares import share_of_pairs, share_of_people, share_of_strangers
from tests.evaluation.people import made_up


def test_the_share_of_pairs_lies_in_its_interval():
    embeddings, people = made_up(120, 2, spread=1.0, dimension=16)
    impostors = all_against_all(embeddings, people).impostors
    found = share_of_pairs(impostors, 0.5)
    assert found.rate == np.mean(impostors.scores >= 0.5)
    assert found.interval[0] < found.rate < found.interval[1]
    assert found == share_of_pairs(impostors, 0.5), "seeded"


def test_the_interval_is_of_people_not_of_comparisons():
    """One person who matches half of the others makes the interval reach nearly to zero, though
    there are a hundred false matches."""
    people = np.arange(200)
    scores = np.full((200, 200), 0.1, dtype=np.float32)
    scores[0, 100:] = 0.9
    found = share_of_pairs(impostors_from(scores, people, people, symmetric=True), 0.5)
    assert found.rate == pytest.approx(100 / 19_900)
    assert found.interval[0] == 0, "that person may not be among others"
    assert found.interval[1] > 2.5 * found.rate


def test_no_false_match_is_bounded_by_the_pairs_of_people():
    people = np.repeat(np.arange(25), 4)
    scores = np.full((100, 100), 0.1, dtype=np.float32)
    found = share_of_pairs(impostors_from(scores, people, people, symmetric=True), 0.5)
    assert found.rate == 0
    assert found.interval == (0, pytest.approx(1 - 0.05 ** (1 / 300)))


def test_more_matches_than_the_tail_has_give_no_interval():
    embeddings, people = made_up(120, 2, spread=1.0)
    found = share_of_pairs(all_against_all(embeddings, people).impostors, -1.0)
    assert (found.rate, found.interval) == (1.0, None)


def test_each_person_counts_the_same():
    events = np.array([True, True, True, True, False, False])
    people = np.array([0, 0, 0, 0, 1, 2])
    found = share_of_people(events, people)
    assert found.rate == pytest.approx(1 / 3)
    assert found.interval == (0, 1), "of three people anything may be true"


def test_nobody_missed_is_bounded_by_the_people():
    found = share_of_people(np.zeros(30, dtype=bool), np.arange(30))
    assert found.interval == (0, pytest.approx(1 - 0.05 ** (1 / 30)))


def test_strangers_are_weighted_by_pair():
    """Of two people, one was compared with the other a hundred times and never matched."""
    events = np.array([False] * 100 + [True])
    templates = np.array([0] * 100 + [1])
    found = share_of_strangers(events, templates, 1 - templates)
    assert found.rate == 0.5


def test_nothing_compared_is_not_known():
    nothing = np.array([], dtype=np.int64)
    assert share_of_people(nothing.astype(bool), nothing).rate is None
    assert share_of_strangers(nothing.astype(bool), nothing, nothing).interval is None
