"""`matching` reads the calibrations that are written."""

import json

import numpy as np
import pytest

from faceplatform.errors import ConfigurationError
from faceplatform.evaluation import (
    by_group,
    calibration_file,
    fusion,
    looks,
    metrics,
    session_points,
    tail,
)
from faceplatform.evaluation.by_group import Tables
from faceplatform.evaluation.errors import EvaluationError
from faceplatform.matching.calibration import load_calibration
from faceplatform.matching.model import RecognitionModel
from tests.evaluation.people import made_up

MODEL = RecognitionModel(name="made-up", version="1", alignment="none", dimension=64)


@pytest.fixture(scope="module")
def tables():
    embeddings, people = made_up(60, 8, spread=1.0)
    return {
        (a, b): fusion.compare(embeddings, people, template_frames=a, probe_frames=b)
        for a, b in fusion.COUNTS
    }


@pytest.fixture
def written(tables, tmp_path):
    path = tmp_path / "made-up.json"
    write(path, Tables(tables))
    return path


def write(path, tables, **given):
    details = {"sessions": [], "acquisition": []} | given
    calibration_file.write(
        path, model=MODEL, source="nobody", images={"people": 60}, tables=tables, **details
    )


def test_round_trip(written, tables):
    calibration = load_calibration(written.parent, MODEL)
    assert set(calibration.points) == set(tables)
    assert calibration.source == "nobody"
    exact = {
        counts: metrics.threshold_at(comparisons.impostors, 1e-2)
        for counts, comparisons in tables.items()
    }
    for templates, probes in tables:
        threshold = calibration.threshold(1e-2, template_frames=templates, probe_frames=probes)
        # No lower than with fewer frames.
        highest = max(value for (a, b), value in exact.items() if a <= templates and b <= probes)
        assert highest <= threshold < highest + 2e-5, "rounded to the strict side"


def test_every_point_says_whether_it_was_measured(written):
    points = json.loads(written.read_text())["tables"][0]["points"]
    assert [point["fmr"] for point in points] == list(tail.FMRS)
    measured = [point["measured"] for point in points]
    assert measured == sorted(measured, reverse=True)
    assert measured[0]
    assert not measured[-1]


def test_a_policy_may_choose_what_was_measured(written):
    calibration = load_calibration(written.parent, MODEL)
    assert calibration.supports(1e-1)
    assert calibration.supports(calibration.strictest)
    assert not calibration.supports(calibration.strictest / 2)
    assert not calibration.supports(0.5)


def test_the_continued_tail_errs_on_the_strict_side():
    """Thresholds from 40 people, counted among 1,200 others of the same kind."""
    few = fusion.compare(*made_up(40, 2, spread=1.0), template_frames=1, probe_frames=1)
    many = fusion.compare(*made_up(1200, 2, spread=1.0, seed=1), template_frames=1, probe_frames=1)
    continued = [
        point
        for point in calibration_file.all_points(Tables({(1, 1): few}))[1, 1]
        if not point["measured"]
    ]
    assert continued
    for point in continued:
        rate = metrics.false_match_rate(many.impostors, point["cosine"])
        assert rate <= 1.5 * point["fmr"]


def test_a_fused_tail_goes_on_as_that_of_one_frame():
    """Cut off for lack of people, it is close to the curve of many people of the same kind."""
    few, many = made_up(100, 6, spread=1.0), made_up(400, 6, spread=1.0, seed=1)
    tables = {
        (a, b): fusion.compare(*few, template_frames=a, probe_frames=b) for a, b in ((1, 1), (3, 3))
    }
    strangers = fusion.compare(*many, template_frames=3, probe_frames=3).impostors
    points = {point["fmr"]: point for point in calibration_file.all_points(Tables(tables))[3, 3]}
    assert not points[1e-4]["measured"]
    assert 0.05 < metrics.false_match_rate(strangers, points[1e-4]["cosine"]) / 1e-4 < 2


def test_one_line_a_point(written):
    lines = written.read_text().splitlines()
    assert sum('"cosine"' in line for line in lines) == 12 * len(tail.FMRS)
    assert all(line.count('"fmr"') <= 1 for line in lines)


def test_counts_that_are_missing_make_no_calibration(tables, tmp_path):
    few = {counts: each for counts, each in tables.items() if counts != (5, 3)}
    with pytest.raises(EvaluationError, match="two people or more need 8 each"):
        write(tmp_path / "few.json", Tables(few))


def test_too_few_comparisons_make_no_calibration():
    comparisons = fusion.compare(*made_up(3, 2, spread=0.1), template_frames=1, probe_frames=1)
    with pytest.raises(EvaluationError, match="too few for a calibration"):
        calibration_file.all_points(Tables({(1, 1): comparisons}))


def test_a_table_without_a_measured_point_is_refused(written):
    data = json.loads(written.read_text())
    for point in data["tables"][0]["points"]:
        point["measured"] = False
    (written.parent / "other.json").write_text(
        json.dumps(data | {"model": str(MODEL.key).replace("made-up", "other")})
    )
    other = RecognitionModel(name="other", version="1", alignment="none", dimension=64)
    with pytest.raises(ConfigurationError, match="must be measured"):
        load_calibration(written.parent, other)


@pytest.fixture(scope="module")
def grouped():
    """Provide 24 people of one group, and 24 who are all alike in a part of their embeddings."""
    one, people = made_up(24, 8, spread=1.0)
    alike, others = made_up(24, 8, spread=1.0, seed=1)
    alike = alike + np.eye(alike.shape[1], dtype=np.float32)[0]
    alike /= np.linalg.norm(alike, axis=1, keepdims=True)
    labels = np.array(["one"] * len(one) + ["alike"] * len(alike))
    return np.concatenate([one, alike]), np.concatenate([people, others + 24]), labels


def test_thresholds_keep_their_rate_in_every_group(grouped):
    embeddings, people, labels = grouped
    tables = by_group.compare(embeddings, people, labels, [(1, 1), (3, 1)])
    for counts, points in calibration_file.all_points(tables).items():
        for point in points:
            for each in tables.groups.values():
                actual = metrics.false_match_rate(each[counts].impostors, point["cosine"])
                assert actual <= point["fmr"] or not point["measured"]
        everybody = metrics.threshold_at(tables.together[counts].impostors, 1e-2)
        worst = metrics.threshold_at(tables.groups["alike"][counts].impostors, 1e-2)
        threshold = next(point["cosine"] for point in points if point["fmr"] == 1e-2)
        assert everybody < worst < threshold, "at the upper end of the worst group's interval"


def test_the_file_names_its_groups_and_sessions(grouped, tmp_path):
    embeddings, people, labels = grouped
    tables = by_group.compare(embeddings, people, labels, fusion.COUNTS)
    sessions = session_points.measure(embeddings, people, labels)
    write(tmp_path / "made-up.json", tables, sessions=sessions)
    calibration = load_calibration(tmp_path, MODEL)
    assert calibration.promise.groups == ("alike", "one")
    assert (calibration.promise.looks, calibration.promise.gaps) == (3, [])
    assert 1e-2 / 3 < calibration.sessions.look_fmr(1e-2, 3) < 1e-2
    groups = json.loads((tmp_path / "made-up.json").read_text())["tables"][0]["groups"]
    assert [(group["group"], group["people"]) for group in groups] == [("alike", 24), ("one", 24)]
    for group in groups:
        for point in group["points"]:
            assert point["interval"][0] <= point["fnmr"] <= point["interval"][1] + 1e-4


def test_the_file_has_the_interval_of_each_groups_own_false_match_rate(grouped, tmp_path):
    embeddings, people, labels = grouped
    tables = by_group.compare(embeddings, people, labels, fusion.COUNTS)
    write(tmp_path / "made-up.json", tables)
    for table in json.loads((tmp_path / "made-up.json").read_text())["tables"]:
        for group in table["groups"]:
            for point in group["points"]:
                low, high = point["actual_interval"]
                assert low <= point["actual"] < high
                if not point["confused"]:
                    assert (low, high) == (0, pytest.approx(1 - 0.05 ** (1 / 276), rel=1e-2)), (
                        "24 people are 276 pairs"
                    )


def test_a_file_without_the_interval_of_groups_still_loads(grouped, tmp_path):
    """Those of earlier releases."""
    path = tmp_path / "made-up.json"
    embeddings, people, labels = grouped
    write(path, by_group.compare(embeddings, people, labels, fusion.COUNTS))
    data = json.loads(path.read_text())
    points = [p for table in data["tables"] for group in table["groups"] for p in group["points"]]
    for point in points:
        del point["actual_interval"]
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / path.name).write_text(json.dumps(data))
    assert load_calibration(tmp_path / "old", MODEL) == load_calibration(tmp_path, MODEL)


def test_a_group_that_is_too_small_is_named(grouped):
    embeddings, people, labels = grouped
    labels = np.where(people == 0, "alone", labels)
    with pytest.raises(EvaluationError, match="group 'alone'"):
        by_group.compare(embeddings, people, labels, [(1, 1)])


def test_sessions_let_in_their_rate(grouped):
    """At the points' look rates, strangers' sequences match as often as the points say, or less."""
    embeddings, people, _ = grouped
    (of_three,) = (
        session
        for session in session_points.measure(embeddings, people, None)
        if (session["looks"], session["template_frames"]) == (3, 3)
    )
    strangers = looks.of_strangers(embeddings, people, template_frames=3, looks=3)
    sequences = strangers.cosines[:, strangers.apart].T
    for point in of_three["points"]:
        if point["measured"]:
            thresholds = np.quantile(sequences, 1 - point["look_fmr"], axis=0)
            let_in = (sequences >= thresholds).any(axis=1).mean()
            assert let_in <= 1.1 * point["fmr"]
            assert point["look_fmr"] < point["fmr"] < 3 * point["look_fmr"]
        else:
            assert point["fmr"] == pytest.approx(3 * point["look_fmr"])
