"""Handling of things that a test needs and a machine may lack."""

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip the test; with ``FACEPLATFORM_REQUIRE_SHARED`` set, as in CI, fail it."""
    if os.environ.get("FACEPLATFORM_REQUIRE_SHARED"):
        pytest.fail(what)
    pytest.skip(what)
