"""Dark glasses: the lens is darker than the face, also where the skin below the eye would be."""

import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.stages.face_chip import FaceChip, filled

# By eye, in the mesh: the corners, and the middle of the lower lid.
_EYES = (((33, 133), 145), ((362, 263), 374))
# The strip of skin: from so far below the lid to so far, and to either side of the eye's middle, as
# shares of the eye's length. A lens covers it, and the shadow of the brow seldom reaches it.
_NEAR, _FAR, _ASIDE = 0.08, 0.35, 0.30
_CORNERS_ASIDE = np.array([-_ASIDE, -_ASIDE, _ASIDE, _ASIDE], dtype=np.float32)[:, None]
_CORNERS_BELOW = np.array([_NEAR, _FAR, _NEAR, _FAR], dtype=np.float32)[:, None]


def light_below_eyes(chip: FaceChip) -> float:
    """Return the luminance of the skin just below the eyes over that of the face.

    Both are medians; the brighter eye counts. It is about 1 on an uncovered face of any colour and
    in any light, and seldom below 0.6. Dark lenses have 0.1 to 0.5; mirrored ones may have more.
    """
    face = _median(chip.luminance[chip.face])
    return max(_light_below(chip, *eye) for eye in _EYES) / max(face, 1.0)


def _light_below(chip: FaceChip, corners: tuple[int, int], lid: int) -> float:
    start, end = chip.points[list(corners)]
    along = end - start
    down = np.array([-along[1], along[0]], dtype=np.float32)  # as long as the eye
    middle = (start + end) / 2
    open_by = float((chip.points[lid] - middle) @ down) / max(float(down @ down), 1e-6)
    strip = middle + _CORNERS_ASIDE * along + (_CORNERS_BELOW + open_by) * down
    lit = chip.luminance[filled(strip.astype(np.float32), len(chip.luminance)) > 0]
    return _median(lit) if len(lit) else 0.0


def _median(values: NDArray[np.float32]) -> float:
    """Return the median, of two in the middle the upper one: a fifth of the time of numpy's."""
    middle = len(values) // 2
    return float(np.partition(values, middle)[middle])
