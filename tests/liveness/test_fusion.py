"""Fusion of passive scores."""

import pytest

from faceplatform.liveness.fusion import fused_score


@pytest.mark.parametrize(
    ("scores", "fused"),
    [
        ([0.7], 0.7),
        ([0.3, 0.7], 0.5),
        ([0.9, 0.9, 0.9], 0.9),
        ([0.99, 0.5], 0.909),  # log-odds 4.6 and 0
        ([1.0, 0.0], 0.5),
        ([1.0, 1.0], 0.999),
        ([0.0], 0.001),
    ],
)
def test_log_odds_are_averaged(scores, fused):
    assert fused_score(scores) == pytest.approx(fused, abs=1e-3)


def test_without_a_score_there_is_none():
    assert fused_score([]) is None
