"""The real models, loaded once per test process."""

import cv2
import numpy as np
import pytest

from faceplatform.engine.stages.detection import BlazeFacePair
from faceplatform.engine.stages.landmarks import FaceMesh, five_points
from tests import pictures
from tests.photographs import photo

# Where LFW's photographs have the face, for which `bench.non_face_kinds` are made.
SIDE, EYES, EYE_DISTANCE = 250, (125, 113), 42


@pytest.fixture(scope="session")
def detector():
    return BlazeFacePair()


@pytest.fixture(scope="session")
def face_mesh():
    return FaceMesh()


@pytest.fixture(scope="session")
def measured(detector, face_mesh):
    """Return a function from a name to a photograph and the five points of its face."""

    def measure(name):
        pixels = pictures.read(photo(name))
        return pixels, five_points(face_mesh.measure(pixels, detector.detect(pixels)[0]))

    return measure


@pytest.fixture(scope="session")
def as_in_lfw(measured):
    """Return a function from a name to the photograph, scaled and moved as those of LFW are."""

    def place(name):
        pixels, points = measured(name)
        scale = EYE_DISTANCE / float(np.linalg.norm(points[1] - points[0]))
        small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        shift = np.array(EYES) - points[:2].mean(axis=0) * scale
        matrix = np.column_stack([np.eye(2), shift])
        moved = cv2.warpAffine(small, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(moved, dtype=np.uint8)

    return place
