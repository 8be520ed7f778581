"""The real models, loaded once per test process."""

import pytest

from faceplatform.engine.stages.detection import BlazeFacePair
from faceplatform.engine.stages.landmarks import FaceMesh, five_points
from tests import pictures
from tests.photographs import photo


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
