"""On made-up people, the studies find the properties that were put into them."""

from dataclasses import fields

import numpy as np
import pytest

from faceplatform.engine.types import Quality
from faceplatform.evaluation import held_out, held_out_report
from faceplatform.evaluation.errors import EvaluationError
from faceplatform.evaluation.studies import weightings
from faceplatform.evaluation.trials import Trial, Trials
from tests.evaluation.people import made_up, two_groups


def _quality(value: float) -> Quality:
    return Quality(**{field.name: value for field in fields(Quality)})


COMPARISON, SESSION = Trial(1, (1,)), Trial(3, (1, 2, 3))
SEARCH = Trial(1, (1, 2, 3), gallery=20)


@pytest.fixture(scope="module", name="two_groups")
def _two_groups():
    return two_groups()


def _check(people_of, **options):
    halves = held_out.split(*people_of[1:], draws=1)
    found = held_out.check(*people_of, halves, trials=(COMPARISON, SESSION, SEARCH), **options)
    return {(kept.group, kept.trial, kept.promised): kept for kept in found}


@pytest.fixture(scope="module")
def for_everybody(two_groups):
    return _check(two_groups, grouped=False)


def test_promises_hold_for_people_held_out_in_each_group(two_groups):
    found = _check(two_groups)
    assert {group for group, _, _ in found} == {"one", "alike"}
    assert not [kept for kept in found.values() if kept.broken]
    for kept in found.values():
        assert kept.fmr.low <= kept.fmr.mean <= kept.fmr.high
        missed = [look.mean for look in kept.missed]
        assert len(missed) == len(kept.trial.probe_frames)
        assert missed == sorted(missed, reverse=True), "fewer after each look"


def test_one_threshold_for_everybody_breaks_the_promise_to_those_who_are_alike(for_everybody):
    for trial in (COMPARISON, SESSION):
        alike, one = (for_everybody[group, trial, 1e-2] for group in ("alike", "one"))
        assert alike.broken
        assert alike.fmr.mean > 1.2e-2 > one.fmr.mean
        assert not one.broken


def test_a_promise_is_not_broken_among_people_who_are_too_few_to_tell(for_everybody):
    of_search = for_everybody["alike", SEARCH, 1e-4]
    assert of_search.pairs == pytest.approx(80 * 79 / 2 * 1e-4 / 20)
    assert not of_search.telling
    assert not of_search.broken


def test_a_trial_that_half_of_a_group_is_too_small_for_is_left_out(two_groups):
    """Of thirty people who are alike a half has no gallery of twenty; everything else is kept."""
    embeddings, people, labels = two_groups
    few = (labels == "one") | (people < 110)
    chosen = embeddings[few], people[few], labels[few]
    with pytest.raises(EvaluationError, match="gallery of 20"):
        _check(chosen)
    found = _check(chosen, strict=False)
    assert {(group, trial) for group, trial, _ in found} == {
        *((group, trial) for group in ("alike", "one") for trial in (COMPARISON, SESSION)),
        ("one", SEARCH),
    }
    missing = held_out_report.left_out(found.values(), chosen[2])
    assert ("alike", SEARCH.name) in missing
    assert ("one", SEARCH.name) not in missing


def test_labels_that_name_no_group_are_none(two_groups):
    embeddings, people, labels = two_groups
    found = _check((embeddings, people, np.full(len(labels), "")))
    assert {group for group, _, _ in found} == {""}


def test_halves_share_no_person_and_halve_each_group(two_groups):
    _, people, labels = two_groups
    halves = held_out.split(people, labels, draws=2)
    assert len(halves) == 4
    for own, others in halves:
        assert not set(people[own]) & set(people[others])
        assert sorted([*own, *others]) == list(range(len(people)))
        assert len(set(people[own][labels[own] == "alike"])) == 40


def test_without_groups_everybody_is_compared_with_everybody():
    embeddings, people = made_up(120, 6, spread=1.0)
    found = _check((embeddings, people, None))
    assert {group for group, _, _ in found} == {""}
    assert found["", COMPARISON, 1e-2].fmr.mean == pytest.approx(1e-2, rel=0.3)


def test_a_search_finds_somebody_as_often_as_its_comparisons_let_it():
    """By the product of the chances: no stranger is more alike to some than to others."""
    embeddings, people = made_up(60, 6, spread=3.0)
    one, twenty = (Trials(Trial(1, (1,), n), embeddings, people) for n in (1, 20))
    threshold = np.array([0.25], dtype=np.float32)
    single = one.strangers_let_in(threshold)
    expected = 1 - (1 - single) ** 20
    assert twenty.strangers_let_in(threshold) == pytest.approx(expected, rel=0.1)


def test_a_gallery_of_more_people_than_there_are_is_refused():
    with pytest.raises(EvaluationError, match="gallery of 20"):
        Trials(SEARCH, *made_up(20, 6, spread=1.0))


def test_weights_help_where_quality_tells_which_frame_is_good():
    """Every third image is noise of low quality: weighting by quality must beat the mean."""
    embeddings, people = made_up(60, 6, spread=1.0)
    bad = np.arange(len(people)) % 3 == 0
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(int(bad.sum()), embeddings.shape[1])).astype(np.float32)
    embeddings[bad] = noise / np.linalg.norm(noise, axis=1, keepdims=True)
    qualities = [_quality(0.0 if each else 1.0) for each in bad]
    found = weightings.compare(embeddings, people, qualities, toggled=None, mirrored=False)
    gain = {way.way: way for way in found if way.counts == (3, 3)}
    assert gain["mean"].gain == (0.0,) * len(weightings.FMRS)
    assert gain["mean weighted by quality"].gain[0] > 0
    assert gain["mean weighted by quality"].gain_interval[0][0] > 0


def test_the_mirror_toggled_model_is_named_for_what_it_does():
    embeddings, people = made_up(30, 6, spread=1.0)
    qualities = [_quality(1.0)] * len(people)
    found = weightings.compare(embeddings, people, qualities, toggled=embeddings, mirrored=True)
    same = [way for way in found if way.way == "mean, mirrored chip not averaged"]
    assert len(same) == len(weightings.COUNTS)
    assert all(way.gain == (0.0,) * len(weightings.FMRS) for way in same)


def test_with_groups_the_threshold_keeps_its_rate_in_each_of_them(two_groups):
    embeddings, people, labels = two_groups
    qualities = [_quality(1.0)] * len(people)
    among_all, among_groups = (
        weightings.compare(
            embeddings, people, qualities, labels=given, toggled=None, mirrored=False
        )[0]
        for given in (None, labels)
    )
    assert among_groups.fnmr[1] > among_all.fnmr[1], "the stricter threshold misses more"
