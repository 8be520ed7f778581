"""Detector and mesh must agree on the face."""

from dataclasses import replace

import numpy as np
import pytest

from faceplatform.engine.stages.faces import Candidate
from faceplatform.engine.stages.landmarks import eye_distance
from tests import pictures
from tests.photographs import photo

pytestmark = pytest.mark.real_engine


@pytest.fixture(scope="module")
def found(detector, face_mesh):
    pixels = pictures.read(photo("obama.jpg"))
    (detection,) = detector.detect(pixels)
    return Candidate(detection, face_mesh.measure(pixels, detection))


def beside(candidate, distances, **changes):
    """Return the same mesh with the detection moved right by some eye distances."""
    off = distances * eye_distance(candidate.mesh)
    detection = candidate.detection
    moved = replace(detection, keypoints=detection.keypoints + np.float32([off, 0]), **changes)
    return Candidate(moved, candidate.mesh)


def test_a_face_that_both_see(found):
    assert found.confirmed
    assert found.presence == found.mesh.presence > 0.99
    assert beside(found, 0.2).presence == found.presence


def test_a_mesh_that_lies_on_another_face(found):
    assert beside(found, 1).presence == 0
    assert not beside(found, 1).confirmed


def test_guessed_eyes_contradict_nobody(found):
    assert beside(found, 1, eyes_guessed=True).presence == found.presence


def test_a_sure_face_is_measured_once(face_mesh, found, monkeypatch):
    """Other orientations are tried only in doubt: they would double the time."""
    pixels, runs, run = pictures.read(photo("obama.jpg")), [], face_mesh._run
    monkeypatch.setattr(face_mesh, "_run", lambda *given: runs.append(given) or run(*given))
    face_mesh.measure(pixels, found.detection)
    assert len(runs) == 2
