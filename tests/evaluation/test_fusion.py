"""Fused templates and probes are compared as the product compares them."""

import numpy as np
import pytest

from faceplatform.evaluation import fusion, metrics
from faceplatform.evaluation.errors import EvaluationError
from faceplatform.matching.embeddings import fuse
from tests.evaluation.people import made_up


def test_rows_are_fused_as_matching_fuses_them():
    embeddings, _ = made_up(4, 3, spread=0.5)
    rows = np.array([[0, 1, 2], [3, 4, 5]])
    expected = [fuse(list(embeddings[row])) for row in rows]
    assert np.allclose(fusion.fuse_rows(embeddings, rows), expected, atol=1e-6)


def test_genuine_groups_never_share_a_picture():
    _, people = made_up(6, 5, spread=0.5)
    rows, owners = fusion.genuine_groups(people, 4, 0)
    assert all(len(set(row)) == 4 for row in rows.tolist())
    assert (people[rows] == owners[:, None]).all()
    assert len(rows) == 6 * fusion.GENUINE_DRAWS


def test_stranger_groups_are_few_and_different():
    _, people = made_up(3, 10, spread=0.5)
    rows, owners = fusion.stranger_groups(people, 3, 0)
    assert np.bincount(owners).tolist() == [fusion.STRANGER_GROUPS] * 3
    assert len({tuple(row) for row in rows.tolist()}) == len(rows)


def test_people_with_too_few_pictures_are_left_out():
    embeddings, people = made_up(4, 3, spread=0.5)
    with pytest.raises(EvaluationError, match="fewer than two people have 6 images"):
        fusion.compare(embeddings, people, template_frames=3, probe_frames=3)


def test_either_way_round_has_the_same_thresholds():
    embeddings, people = made_up(20, 5, spread=1.0)
    one, other = (
        fusion.compare(embeddings, people, template_frames=a, probe_frames=b).impostors
        for a, b in ((1, 3), (3, 1))
    )
    assert np.allclose(one.scores, other.scores, atol=1e-6)


def test_fusing_misses_fewer_at_the_same_rate():
    embeddings, people = made_up(60, 8, spread=2.0)

    def missed(templates, probes):
        found = fusion.compare(embeddings, people, template_frames=templates, probe_frames=probes)
        threshold = metrics.threshold_at(found.impostors, 1e-2)
        return metrics.false_non_match_rate(found.genuine, threshold)

    assert missed(1, 1) > missed(3, 1) > missed(3, 3)
