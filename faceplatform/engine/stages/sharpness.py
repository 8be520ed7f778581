"""Sharpness of a face, measured where every face has edges."""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.stages.face_chip import FaceChip, filled
from faceplatform.engine.stages.outlines import BROWS, EYES, LIPS

# Length of the known blur, in pixels of the chip.
_REBLUR = 9
# The edge of a feature lies on both sides of its outline: so much around it counts, as a share of
# the chip's side.
_AROUND = 0.03


def reblur_ratio(chip: FaceChip) -> float:
    """Return the share of the variation between neighbours that a known blur removes, 0..1.

    A sharp image loses most of it, a blurred one has little to lose (Crete et al. 2007). As a
    ratio, it does not depend on light or contrast. The lower of the two directions counts: motion
    blurs only one. Only eyes, brows and mouth count: on cheeks and forehead the ratio tells smooth
    skin from rough, and at the limit it refused four times as many women as men.
    """
    luminance, features = _features(chip)
    ratios = []
    for axis, kernel in ((1, (_REBLUR, 1)), (0, (1, _REBLUR))):
        inner = features[:, 1:] & features[:, :-1] if axis else features[1:] & features[:-1]
        before = np.abs(np.diff(luminance, axis=axis))[inner]
        after = np.abs(np.diff(cv2.blur(luminance, kernel), axis=axis))[inner]
        lost = np.maximum(before - after, 0).sum()
        ratios.append(float(lost / max(float(before.sum()), 1e-6)))
    return min(ratios)


def _features(chip: FaceChip) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the luminance, and True where a feature is: both of the rows that have any.

    Where no feature is within the face, all of it counts.
    """
    side = len(chip.luminance)
    outlines = np.zeros((side, side), dtype=np.uint8)
    for points in (*EYES, *BROWS, LIPS):
        outlines |= filled(chip.points[points], side)
    around = 2 * max(1, round(_AROUND * side)) + 1
    features = (cv2.dilate(outlines, np.ones((around, around), np.uint8)) > 0) & chip.face
    rows = np.flatnonzero(features.any(axis=1))
    if not len(rows):
        return chip.luminance, chip.face
    within = slice(max(0, rows[0] - _REBLUR), rows[-1] + _REBLUR + 1)
    return chip.luminance[within], features[within]
