"""The part of a face's light that is above the noise."""

from math import sqrt

import cv2
import numpy as np

from faceplatform.engine.stages.face_chip import FaceChip

# Noise has variation that neither slopes nor edges have (Immerkaer 1996): the norm of this filter
# is 6. The median over the face is not moved by what texture adds; of the size of normal noise it
# is 0.6745 standard deviations.
_FILTER = np.array([(1, -2, 1), (-2, 4, -2), (1, -2, 1)], dtype=np.float32)
_NORM, _MEDIAN = 6.0, 0.6745
# Rounding to whole values is noise too: the standard deviation of a uniform distribution.
_ROUNDING = 1 / sqrt(12)
# What the face itself shows is wider than this, in pixels of the chip.
_SMOOTHING = 1.5


def signal_to_noise(chip: FaceChip) -> float:
    """Return the standard deviation of the face's luminance over that of its noise.

    Both shrink with the light: a dark face is lost where its own range sinks into the noise, not
    where it is dark.
    """
    residue = np.abs(cv2.filter2D(chip.luminance, -1, _FILTER))[chip.face]
    noise = max(float(np.median(residue)) / (_MEDIAN * _NORM), _ROUNDING)
    smooth = cv2.GaussianBlur(chip.luminance, (0, 0), _SMOOTHING)
    return float(smooth[chip.face].std()) / noise
