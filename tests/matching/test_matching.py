"""Similarity, thresholds and search: the numbers mean what they claim."""

import json
from math import log10
from typing import Any

import numpy as np
import pytest

from faceplatform.errors import ConfigurationError
from faceplatform.matching.calibration import Calibration, OperatingPoint, load_calibration
from faceplatform.matching.embeddings import fuse, similarity
from faceplatform.matching.model import RecognitionModel
from faceplatform.matching.search import top_k

POINTS = (
    OperatingPoint(1e-2, 0.60),
    OperatingPoint(1e-3, 0.70),
    OperatingPoint(1e-4, 0.75),
    OperatingPoint(1e-5, 0.78),
)
STRICTER = tuple(OperatingPoint(point.fmr, point.cosine + 0.05) for point in POINTS)
CALIBRATION = Calibration(
    model="m/1/a",
    source="",
    points={(1, 1): POINTS, (1, 3): STRICTER, (3, 1): STRICTER, (3, 3): STRICTER},
)
ONE = {"template_frames": 1, "probe_frames": 1}


def unit(*values: float):
    vector = np.asarray(values, dtype=np.float32)
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize(
    ("a", "b", "cosine"),
    [
        (unit(1, 0), unit(1, 0), 1),
        (unit(1, 0), unit(0, 1), 0),
        (unit(1, 0), unit(-1, 0), -1),
        (unit(1, 0), unit(1, 1), 0.5**0.5),
    ],
)
def test_similarity_is_the_cosine(a, b, cosine):
    assert similarity(a, b) == pytest.approx(cosine, abs=1e-6)
    assert similarity(b, a) == similarity(a, b)


def test_fusion_is_the_normalised_mean():
    fused = fuse([unit(1, 0, 0), unit(0, 1, 0)])
    assert fused == pytest.approx(unit(1, 1, 0))
    assert fused.dtype == np.float32
    assert fuse([unit(3, 4)]) == pytest.approx(unit(3, 4))


@pytest.mark.parametrize("size", [0, 1, 2, 7, 500])
@pytest.mark.parametrize("k", [1, 5, 1000])
def test_top_k_against_brute_force(size, k):
    random = np.random.default_rng(size * 31 + k)
    matrix = random.standard_normal((size, 16)).astype(np.float32)
    probe = random.standard_normal(16).astype(np.float32)
    found = top_k(matrix, probe, k)
    expected = sorted(range(size), key=lambda row: -float(matrix[row] @ probe))[:k]
    assert [row for row, _ in found] == expected
    scores = [float(matrix[row] @ probe) for row in expected]
    assert [score for _, score in found] == pytest.approx(scores, abs=1e-4)


@pytest.mark.parametrize("point", POINTS)
def test_a_calibrated_point_is_its_own_threshold(point):
    assert CALIBRATION.threshold(point.fmr, **ONE) == pytest.approx(point.cosine)
    assert CALIBRATION.fmr_of(point.cosine, **ONE) == pytest.approx(point.fmr)


@pytest.mark.parametrize("fmr", [0.5, 1e-2, 3e-3, 1e-3, 5e-4, 1e-4, 2e-5, 1e-5, 1e-7, 1e-9])
def test_threshold_and_rate_are_inverse(fmr):
    cosine = CALIBRATION.threshold(fmr, **ONE)
    assert CALIBRATION.fmr_of(cosine, **ONE) == pytest.approx(fmr, rel=1e-6)


def test_between_two_points_the_logarithm_is_linear():
    assert CALIBRATION.threshold(10**-3.5, **ONE) == pytest.approx(0.725)


def test_beyond_the_strictest_point_its_slope_goes_on():
    assert CALIBRATION.threshold(1e-6, **ONE) == pytest.approx(0.81)


def test_a_smaller_rate_is_never_an_easier_threshold():
    rates = np.logspace(-0.1, -10, 200)
    thresholds = [CALIBRATION.threshold(float(rate), **ONE) for rate in rates]
    assert thresholds == sorted(thresholds)


def test_a_search_is_as_strict_as_its_comparisons_demand():
    for comparisons in (2, 10, 1000):
        assert CALIBRATION.threshold(1e-2, comparisons=comparisons, **ONE) == pytest.approx(
            CALIBRATION.threshold(1e-2 / comparisons, **ONE)
        )


@pytest.mark.parametrize("comparisons", [0, 1])
def test_none_or_one_comparison_is_no_search(comparisons):
    assert CALIBRATION.threshold(1e-3, comparisons=comparisons, **ONE) == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("template_frames", "probe_frames", "like"),
    [
        (1, 1, (1, 1)),
        (2, 1, (3, 1)),
        (3, 1, (3, 1)),
        (10, 1, (3, 1)),
        (1, 2, (1, 3)),
        (1, 10, (1, 3)),
        (2, 2, (3, 3)),
        (0, 1, (1, 1)),
    ],
)
def test_frames_between_calibrated_ones_are_judged_as_the_next_larger(
    template_frames, probe_frames, like
):
    found = CALIBRATION.threshold(1e-3, template_frames=template_frames, probe_frames=probe_frames)
    assert found == pytest.approx(next(p.cosine for p in CALIBRATION.points[like] if p.fmr == 1e-3))


def test_more_frames_are_never_judged_more_easily():
    for template_frames in range(1, 6):
        for probe_frames in range(1, 6):
            here = CALIBRATION.threshold(
                1e-3, template_frames=template_frames, probe_frames=probe_frames
            )
            for more in ((template_frames + 1, probe_frames), (template_frames, probe_frames + 1)):
                there = CALIBRATION.threshold(1e-3, template_frames=more[0], probe_frames=more[1])
                assert there >= here


def test_the_score_is_a_half_where_one_stranger_in_a_thousand_matches():
    assert CALIBRATION.score(0.70, **ONE) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("cosine", "score"),
    [(0.60, 2 / 6), (0.75, 4 / 6), (0.78, 5 / 6), (0.81, 1.0), (1.0, 1.0), (0.0, 0.0), (-1, 0.0)],
)
def test_a_sixth_more_for_each_factor_of_ten(cosine, score):
    assert CALIBRATION.score(cosine, **ONE) == pytest.approx(score)


def test_the_score_never_falls_with_the_likeness():
    scores = [CALIBRATION.score(float(cosine), **ONE) for cosine in np.linspace(-1, 1, 400)]
    assert scores == sorted(scores)
    assert min(scores) == 0
    assert max(scores) == 1


MODEL = RecognitionModel(name="net", version="1", alignment="none", dimension=4)
TABLE: dict[str, Any] = {
    "template_frames": 1,
    "probe_frames": 1,
    "points": [{"fmr": 0.01, "cosine": 0.6}, {"fmr": 0.001, "cosine": 0.7}],
}
GOOD: dict[str, Any] = {"model": str(MODEL.key), "source": "photographs", "tables": [TABLE]}


def load(tmp_path, content):
    text = content if isinstance(content, str) else json.dumps(content)
    (tmp_path / "net.json").write_text(text)
    return load_calibration(tmp_path, MODEL)


def test_a_file_is_read(tmp_path):
    calibration = load(tmp_path, GOOD)
    assert calibration.source == "photographs"
    assert calibration.threshold(1e-3, **ONE) == pytest.approx(0.7)
    assert log10(calibration.fmr_of(0.65, **ONE)) == pytest.approx(-2.5)


def test_no_file(tmp_path):
    with pytest.raises(ConfigurationError, match=r"net\.json"):
        load_calibration(tmp_path, MODEL)


@pytest.mark.parametrize("key", ["net/2/none", "net/1/other", "other/1/none", ""])
def test_a_file_of_another_model(tmp_path, key):
    with pytest.raises(ConfigurationError, match="measured with"):
        load(tmp_path, GOOD | {"model": key})


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not json",
        "[]",
        "null",
        {},
        {"model": str(MODEL.key), "source": ""},
        GOOD | {"tables": [{}]},
        GOOD | {"tables": [TABLE | {"points": []}]},
        GOOD | {"tables": [TABLE | {"points": TABLE["points"][:1]}]},
        GOOD | {"tables": [TABLE | {"points": TABLE["points"][::-1]}]},
        GOOD | {"tables": [TABLE | {"points": [TABLE["points"][0]] * 2}]},
        GOOD | {"tables": [TABLE | {"points": [{"fmr": 0.01}, {"fmr": 0.001}]}]},
        GOOD | {"tables": [TABLE | {"points": [{"fmr": "x", "cosine": 1}] * 2}]},
        GOOD | {"tables": [TABLE | {"template_frames": "one"}]},
        GOOD | {"tables": 7},
    ],
)
def test_a_malformed_file(tmp_path, content):
    with pytest.raises(ConfigurationError, match=r"net\.json"):
        load(tmp_path, content)


def test_a_file_without_tables(tmp_path):
    with pytest.raises(ConfigurationError, match=r"net\.json"):
        load(tmp_path, GOOD | {"tables": []})
