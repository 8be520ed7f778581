"""On made-up people, the studies find the properties that were put into them."""

from dataclasses import fields

import numpy as np
import pytest

from faceplatform.engine.types import Quality
from faceplatform.evaluation.studies import holdout, identification, sequence, weightings
from tests.evaluation.people import made_up


def _quality(value: float) -> Quality:
    return Quality(**{field.name: value for field in fields(Quality)})


def test_thresholds_hold_for_people_held_out():
    found = {
        (kept.counts, kept.fmr): kept
        for kept in holdout.check(*made_up(120, 6, spread=1.0), splits=3)
    }
    assert found[(1, 1), 1e-2].mean == pytest.approx(1, abs=0.3)
    assert found[(3, 3), 1e-2].mean == pytest.approx(1, abs=0.5)
    assert found[(3, 3), 1e-2].low <= found[(3, 3), 1e-2].mean <= found[(3, 3), 1e-2].high


def test_three_looks_let_in_at_most_three_times_as_many():
    for outcome in sequence.check(*made_up(120, 8, spread=1.6)):
        assert outcome.strangers <= (1 if outcome.shared else 3) * outcome.promised * 1.2
        assert outcome.missed <= 1 - outcome.at_once
        assert 1 <= outcome.frames <= sequence.PROBE_FRAMES


def test_searches_keep_the_promised_rate():
    found = identification.check(*made_up(130, 3, spread=1.0))
    assert [each.gallery for each in found] == [100] * len(identification.FMRS)
    for each in found:
        assert each.fpir <= 1.3 * each.promised
        assert each.unscaled >= each.fpir


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
