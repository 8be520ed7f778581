"""The rate of each look follows from that of the session, and a file names what it promises."""

import json
import logging

import pytest

from faceplatform.errors import ConfigurationError
from faceplatform.matching.calibration import load_calibration
from faceplatform.matching.model import RecognitionModel
from faceplatform.matching.session_rates import SessionPoint, SessionRates

MODEL = RecognitionModel(name="m", version="1", alignment="a", dimension=2)
RATES = SessionRates(
    {3: (SessionPoint(2e-3, 1e-3), SessionPoint(2e-4, 1e-4), SessionPoint(3e-5, 1e-5))}
)
POINTS = [{"fmr": 1e-2, "cosine": 0.6}, {"fmr": 1e-3, "cosine": 0.7}, {"fmr": 1e-4, "cosine": 0.8}]
CONTENT = {
    "format": 2,
    "model": str(MODEL.key),
    "source": "somebody",
    "tables": [{"template_frames": 1, "probe_frames": 1, "points": POINTS}],
    "sessions": [
        {"looks": 3, "template_frames": 1, "points": [{"fmr": 2e-3, "look_fmr": 1e-3},
                                                     {"fmr": 2e-4, "look_fmr": 1e-4}]},
        {"looks": 3, "template_frames": 3, "points": [{"fmr": 1.5e-3, "look_fmr": 1e-3},
                                                     {"fmr": 2.5e-4, "look_fmr": 1e-4}]},
    ],
    "promise": {"groups": ["F", "M"], "sessions": True, "looks": 3, "detection": True},
}  # fmt: skip


@pytest.mark.parametrize(
    ("fmr", "looks", "look_fmr"),
    [
        pytest.param(1e-3, 1, 1e-3, id="one look is the session"),
        pytest.param(2e-3, 3, 1e-3, id="a measured point"),
        pytest.param((2e-3 * 2e-4) ** 0.5, 3, (1e-3 * 1e-4) ** 0.5, id="halfway in the logarithm"),
        pytest.param(3e-3, 3, 1e-3, id="looser than measured: shared"),
        pytest.param(3e-6, 3, 1e-6, id="stricter than measured: shared"),
        pytest.param(1e-3, 5, 2e-4, id="more looks than measured: shared"),
    ],
)
def test_the_rate_of_a_look(fmr, looks, look_fmr):
    assert RATES.look_fmr(fmr, looks) == pytest.approx(look_fmr)


def test_a_look_never_has_more_than_the_session_nor_less_than_its_share():
    for exponent in range(-60, 0):
        fmr = 10 ** (exponent / 10)
        assert fmr / 3 <= RATES.look_fmr(fmr, 3) <= fmr


def load(folder, **changes):
    (folder / "m.json").write_text(json.dumps(CONTENT | changes))
    return load_calibration(folder, MODEL)


def test_of_several_templates_the_strictest_rate_counts(tmp_path):
    sessions = load(tmp_path).sessions
    assert sessions.look_fmr(2e-3, 3) == pytest.approx(1e-3)
    assert sessions.look_fmr(2.5e-4, 3) == pytest.approx(1e-4)


def test_a_session_has_a_higher_threshold_than_a_look(tmp_path):
    calibration = load(tmp_path)
    frames = {"template_frames": 1, "probe_frames": 1}
    assert calibration.threshold(2e-3, looks=3, **frames) == pytest.approx(0.7)
    assert calibration.threshold(1e-3, **frames) == pytest.approx(0.7)
    in_search = calibration.threshold(2e-2, looks=3, comparisons=10, **frames)
    assert in_search == pytest.approx(0.7)


def test_a_complete_promise_gives_no_warning(tmp_path, caplog):
    assert load(tmp_path).promise.groups == ("F", "M")
    assert not caplog.records


def test_an_old_file_is_read_with_a_warning_that_names_its_promise(tmp_path, caplog):
    old = {key: CONTENT[key] for key in ("model", "source", "tables")}
    (tmp_path / "m.json").write_text(json.dumps(old))
    with caplog.at_level(logging.WARNING):
        calibration = load_calibration(tmp_path, MODEL)
    (record,) = caplog.records
    for words in ("everybody against everybody", "one look", "aligned chips"):
        assert words in record.getMessage()
    assert calibration.sessions.look_fmr(3e-3, 3) == pytest.approx(1e-3)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"format": 3}, id="an unknown format"),
        pytest.param({"sessions": None}, id="no sessions"),
        pytest.param({"promise": {}}, id="an empty promise"),
        pytest.param(
            {"sessions": [{"looks": 3, "points": [{"fmr": 1e-3, "look_fmr": 2e-3}] * 2}]},
            id="a look looser than its session",
        ),
    ],
)
def test_a_malformed_file_gives_no_thresholds(tmp_path, changes):
    with pytest.raises(ConfigurationError, match=r"m\.json"):
        load(tmp_path, **changes)
