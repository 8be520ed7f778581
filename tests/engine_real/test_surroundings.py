"""MiniFASNet gets DeepFace's crops, to the pixel."""

import numpy as np
import pytest

from faceplatform.engine.stages.minifasnet import SCALES, surroundings
from faceplatform.engine.types import Box

pytestmark = pytest.mark.real_engine


@pytest.mark.parametrize("scale", SCALES.values())
def test_crops_are_those_of_deepface(scale):
    """Boxes in the middle, at every edge, and too large for their crop to fit."""
    from deepface.models.spoofing.FasNetUtils import crop

    rng = np.random.default_rng(7)
    for _ in range(200):
        height, width = rng.integers(64, 400, size=2)
        pixels = rng.integers(0, 256, size=(height, width, 3), dtype=np.uint8)
        x, y = (int(rng.integers(0, side - 10)) for side in (width, height))
        box = (x, y, int(rng.integers(5, width - x)), int(rng.integers(5, height - y)))
        assert np.array_equal(
            surroundings(pixels, Box(*box), scale), crop(pixels, box, scale, 80, 80)
        )
