"""Drawn and covered faces, distinguished from photographs of uncovered ones.

Detectors and the mesh see faces in drawings and behind boards, and the embeddings of these match
each other far more often than the false match rate says. Plain ones lack shading or contrast, which
is measured here; the others the recognition net finds odd, where it has that output.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.stages.face_chip import FaceChip, filled
from faceplatform.engine.stages.outlines import EYES, LIPS

# Reduced to so few pixels a side, sensor noise and JPEG's blocks do not count as shading.
_REDUCED_SIDE = 32
# Percentiles of the gradient for the smooth part of a face and for the steep one.
_SMOOTH, _STEEP = 0.25, 0.90

# Measured on the 3,550 upright photographs of LFW that passed all else, limits a sixth below the
# lowest. Of `shading` that has 0.060 (half of the face in the sun, no detail left); of 90 that
# went through JPEG of quality 12 the lowest has 0.14. Of 238 emoji and faces drawn from ellipses,
# through a camera or not, 237 have less than the limit.
LEAST_SHADING = 0.05
# Of `contrast` the lowest is 0.058 of an eye (dark glasses) and 0.048 of the mouth (a fist before
# it); half of all have more than 0.28. All of 98 faces with plain boards over the eyes or below the
# nose have less than the limit. Both limits together refuse 1 of 63 photographs at 1.6 times the
# light and 2 of 83 at half the contrast, and none of 725 that were compressed, smoothed, darkened,
# enlarged, reduced, made grey or noisy. Chosen in the same way on either half of LFW's people, they
# refuse one photograph of the other half (`python -m bench.appearance`).
LEAST_CONTRAST = 0.04
# Oddness is measured by the recognition net (`preparation.oddness`): 0 is the mean photograph of
# LFW, and 1 is a fifteenth (pictures: 15 %) above the highest of photographs that the weights were
# not learned from: 3,525 as they are, and those that were recoded, smoothed, relit and so on
# (`python -m bench.oddness`).
MOST_ODDNESS = 1.0


def in_view(chip: FaceChip) -> bool:
    """Return True for a face that looks photographed, with eyes and mouth in view."""
    return shading(chip) >= LEAST_SHADING and min(feature_contrasts(chip)) >= LEAST_CONTRAST


def feature_contrasts(chip: FaceChip) -> list[float]:
    """Return the contrast of the right eye, the left eye and the mouth."""
    return [contrast(chip.luminance, chip.points[outline]) for outline in (*EYES, LIPS)]


def shading(chip: FaceChip) -> float:
    """Return the 25th percentile of the size of the luminance gradient over the 90th, 0..1.

    Faces are round: hardly any part of one is lit evenly. Plain areas are.
    """
    side = _REDUCED_SIDE
    points = chip.points * (side / len(chip.luminance)) - 0.5
    face = cv2.erode(filled(points, side), np.ones((3, 3), np.uint8))[1:-1, 1:-1] > 0
    reduced = cv2.resize(chip.luminance, (side, side), interpolation=cv2.INTER_AREA)
    across = reduced[1:-1, 2:] - reduced[1:-1, :-2]
    down = reduced[2:, 1:-1] - reduced[:-2, 1:-1]
    # Sorted, not np.percentile, which takes ten times as long.
    gradients = np.sort(np.hypot(across, down)[face])
    if not len(gradients):
        return 0.0
    smooth, steep = (float(gradients[int(p * len(gradients))]) for p in (_SMOOTH, _STEEP))
    return smooth / max(steep, 1e-6)


def contrast(luminance: NDArray[np.float32], points: NDArray[np.float32]) -> float:
    """Return standard deviation over mean of the luminance within the hull of points (n, 2)."""
    mean, deviation = cv2.meanStdDev(luminance, mask=filled(points, len(luminance)))
    return float(deviation[0, 0]) / max(float(mean[0, 0]), 1.0)
