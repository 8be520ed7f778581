"""The genuine distribution of a calibration's file."""

import json

import pytest

from faceplatform.errors import ConfigurationError
from faceplatform.matching.genuine import load_genuine_scores
from faceplatform.matching.model import RecognitionModel


def _model(name: str) -> RecognitionModel:
    return RecognitionModel(name=name, version="1", alignment="none", dimension=4)


def _table(frames: int, *shares: float | None, probes: int = 1):
    fmrs = (1e-1, 1e-3, 1e-6)
    return {
        "template_frames": frames,
        "probe_frames": probes,
        "points": [
            {"fmr": fmr, "cosine": 0.5 + n / 10} | ({} if share is None else {"fnmr": share})
            for n, (fmr, share) in enumerate(zip(fmrs, shares, strict=True))
        ],
    }


@pytest.fixture
def genuine(tmp_path):
    tables = [_table(1, 0.1, 0.2, 0.6), _table(3, 0.0, 0.1, 0.5), _table(3, 0, 0, 0, probes=3)]
    (tmp_path / "read.json").write_text(json.dumps({"tables": tables}))
    return load_genuine_scores(tmp_path, _model("read"))


@pytest.mark.parametrize(
    ("similarity", "frames", "share"),
    [
        (0, 1, 0),
        (1 / 12, 1, 0.05),  # halfway to the first point
        (1 / 6, 1, 0.1),
        (0.5, 1, 0.2),
        (0.75, 1, 0.4),
        (1, 1, 0.6),
        (0.5, 2, 0.1),  # of the next larger template
        (0.5, 3, 0.1),
        (0.5, 9, 0.1),  # of the largest
    ],
)
def test_the_share_below_a_similarity(genuine, similarity, frames, share):
    assert genuine.below(similarity, template_frames=frames) == pytest.approx(share)


def test_a_file_that_does_not_say(tmp_path):
    (tmp_path / "silent.json").write_text(json.dumps({"tables": [_table(1, 0.1, None, 0.2)]}))
    assert load_genuine_scores(tmp_path, _model("silent")) is None


def test_a_file_that_is_none(tmp_path):
    (tmp_path / "broken.json").write_text("[]")
    for name in ("broken", "missing"):
        with pytest.raises(ConfigurationError, match="No usable calibration"):
            load_genuine_scores(tmp_path, _model(name))
