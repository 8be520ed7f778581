"""The figures of `manage.py evaluate --json`."""

import numpy as np
import pytest

from faceplatform.evaluation import by_group, measurement, report
from faceplatform.evaluation.acquisition import Samples
from faceplatform.evaluation.pairs import PairList
from faceplatform.matching.model import RecognitionModel
from tests.evaluation.people import two_groups

MODEL = RecognitionModel(name="made-up", version="1", alignment="none", dimension=64)


@pytest.fixture(scope="module")
def data():
    """Provide the figures of 40 people in each of two groups, with six photographs each."""
    embeddings, numbers, labels = two_groups()
    kept = numbers % 80 < 40
    embeddings, labels = embeddings[kept], labels[kept]
    people = np.unique(numbers[kept], return_inverse=True)[1]
    nothing_failed = (None,) * len(people)
    samples = Samples((embeddings,), people, np.arange(len(people)), nothing_failed)
    listed = PairList((), people, ())
    found = measurement.measure(listed, samples)
    groups = by_group.compare_groups(embeddings, people, labels, found.fused)
    return report.as_data(MODEL, "nobody", listed, samples, found, groups=groups, labels=labels)


def test_each_group_has_its_own_figures(data):
    alike, one = data["groups"]
    assert [alike["group"], one["group"]] == ["alike", "one"]
    for group in (alike, one):
        assert group["people"] == 40
        table = group["all_against_all"]
        assert table["comparisons"] == 40 * 39 // 2 * 36, "strangers of the same group only"
        assert (table["genuine_people"], set(group["fused"])) == (40, {"3v1", "3v3"})
    thresholds = [each["all_against_all"]["thresholds"]["1e-3"] for each in (alike, one)]
    assert thresholds[0] > thresholds[1], "strangers who are alike need a higher one"


def test_rates_stand_in_their_intervals(data):
    """Those of strangers at their thresholds, as those of misses."""
    tables = [data["all_against_all"], *data["fused"].values()]
    tables += [
        each for one in data["groups"] for each in (one["all_against_all"], one["fused"]["3v1"])
    ]
    for table in tables:
        for key in ("1e-2", "1e-3"):
            low, high = table["fmr_ci"][key]
            assert low < table["fmr"][key] < high
            assert table["fmr"][key] == table["false_matches"][key] / table["comparisons"]
            assert table["fmr"][key] <= float(key)
            low, high = table["fnmr_ci"][key]
            assert low <= table["fnmr"][key] <= high
