"""The real models, loaded once a test process."""

import pytest

from faceplatform.engine.detection import BlazeFacePair
from faceplatform.engine.landmarks import FaceMesh


@pytest.fixture(scope="session")
def detector():
    return BlazeFacePair()


@pytest.fixture(scope="session")
def face_mesh():
    return FaceMesh()
