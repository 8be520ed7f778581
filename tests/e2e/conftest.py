"""The whole product on real photographs: the local engine, SQLite, HTTP."""

import pytest

from faceplatform.engine import registry
from faceplatform.engine.local import LocalEngine

_engine = LocalEngine()


@pytest.fixture(autouse=True)
def _real_engine():
    """One engine for all tests of this folder, so that the models are loaded once."""
    registry.set_engine(_engine)
