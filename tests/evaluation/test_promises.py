"""Promised beside actual rates, of made-up people in two groups that differ."""

import numpy as np
import pytest

from faceplatform.evaluation import promises
from faceplatform.matching.calibration import Calibration, OperatingPoint
from tests.evaluation.people import made_up

_POINTS = tuple(
    OperatingPoint(fmr, cosine) for fmr, cosine in ((1e-1, 0.2), (1e-2, 0.4), (1e-4, 0.6))
)
CALIBRATION = Calibration("made/up/0", {(1, 1): _POINTS}, "made up")


@pytest.fixture(scope="module")
def found():
    """The second group is as if all its people were related."""
    first, people = made_up(60, 7, spread=0.3, dimension=24, seed=1)
    second, others = made_up(40, 7, spread=0.3, dimension=24, seed=2)
    second = second + 0.6 * second.mean(axis=0) / np.linalg.norm(second.mean(axis=0)) * 0.9
    second /= np.linalg.norm(second, axis=1, keepdims=True)
    embeddings = np.concatenate([first, second.astype(np.float32)])
    labels = ["first"] * len(first) + ["second"] * len(second)
    everyone = np.concatenate([people, others + 60])
    return promises.measure(embeddings, everyone, labels, {"shipped": CALIBRATION})


def _fmr(group, promised):
    (row,) = [each for each in group["promises"] if each["promised"] == promised]
    return row["fmr"]["rate"]


def test_everybody_comes_first_and_then_each_group(found):
    assert [(group["name"], group["people"]) for group in found] == [
        ("", 100),
        ("first", 60),
        ("second", 40),
    ]
    assert found[1]["photographs"] == 420
    assert found[1]["comparisons"] == 60 * 59 // 2 * 49, "within the group"


def test_the_group_of_relatives_is_confused_more_often(found):
    _, first, second = found
    assert _fmr(second, 1e-2) > 3 * _fmr(first, 1e-2)


def test_an_interval_contains_its_rate(found):
    for group in found[:2]:
        for row in group["promises"]:
            low, high = row["fmr"]["interval"]
            assert low <= row["fmr"]["rate"] <= high


def test_looks_let_in_more_strangers_and_miss_fewer_people(found):
    for group in found:
        for session in group["sessions"]:
            let_in = [each["rate"] for each in session["strangers"]]
            missed = [each["rate"] for each in session["missed"]]
            assert let_in == sorted(let_in)
            assert missed == sorted(missed, reverse=True)
    assert found[2]["sessions"][0]["strangers"][2]["rate"] > 0


def test_too_few_photographs_for_sessions_leave_them_out():
    embeddings, people = made_up(20, 2, spread=0.3)
    (everybody,) = promises.measure(embeddings, people, [""] * 40, {"shipped": CALIBRATION})
    assert everybody["sessions"] == []


def test_one_person_makes_no_group():
    embeddings, people = made_up(3, 2, spread=0.3)
    labels = ["alone", "alone", *[""] * 4]
    assert len(promises.measure(embeddings, people, labels, {"shipped": CALIBRATION})) == 1
