"""Quality of one face in one frame, after ISO/IEC 29794-5. Measures, no thresholds.

The measures of light and sharpness are taken on the face alone (inside of the mesh's outline and
of the frame), turned upright and reduced to a fixed size: background and resolution do not count
twice. Each runs from 0 to 1 and answers to one fault only, so that the worst one names the advice.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.stages.face_chip import FaceChip, convex_hull
from faceplatform.engine.stages.landmarks import Mesh, eye_distance, mouth_opening
from faceplatform.engine.stages.pose import frontal
from faceplatform.engine.types import Box, Pose, Quality

# ISO/IEC 29794-5 asks for 90 px between the eyes; alignment enlarges whatever has fewer than 54.
FULL_SIZE_EYE_DISTANCE = 90.0

# Re-blur ratio (Crete et al. 2007): measured 0.50-0.71 on 12 sharp portraits; on three of them
# (108-120 px between the eyes) Gaussian blur of 2, 4, 6, 12 px gave 0.49, 0.32, 0.22, 0.15.
_REBLUR = 9
_REBLUR_RANGE = (0.15, 0.60)

# Luminance (0..255) that counts as lost: fully at the first value, not at all at the second.
# 29794-5 counts 0..25 and 247..255; the ramps keep the measures steady from frame to frame.
_DARK = (25.0, 50.0)
_BRIGHT = (250.0, 235.0)

# Standard deviation over mean of the face's luminance; 12 portraits have 0.24-0.45.
_FULL_CONTRAST = 0.20

# Mean luminance of the face, 0..255, that is enough: of 792 LFW faces the darkest has 53, the
# darkest hundredth less than 74. Too much light is what `over_exposure` sees.
_FULL_BRIGHTNESS = 60.0

# How far the wider open eye is open (`eyes`): nothing at the first value, all at the second.
# 1,583 LFW photographs have 0.31 in the median; of the eleven below 0.147 four show lowered lids,
# the others eyes that a laugh closes. Twelve portraits have 0.197 and more.
_EYES_RANGE = (0.08, 0.19)

# How far the mouth is open (`mouth_opening`): closed up to the first value, wide open from the
# second. Smiles with teeth are at 0.2, talking and laughing mouths at 0.3 to 0.5; LFW's median is
# 0.11, its widest of 1,583 (people who shout) 0.59.
_MOUTH_RANGE = (0.35, 0.75)


def measure(
    pixels: NDArray[np.uint8],
    box: Box,
    mesh: Mesh,
    pose: Pose,
    *,
    chip: FaceChip,
    eye_opening: float,
    faces: int = 1,
) -> Quality:
    """Every measure of types.Quality for one face.

    Args:
        pixels: the RGB frame (height, width, 3).
        box: the detector's, in frame pixels.
        chip: of the same face.
        eye_opening: see `eyes.EyeContours.opening`; 0 where there is no face to look at.
        faces: how many faces of the frame count.
    """
    lit = chip.luminance[chip.face]
    distance = eye_distance(mesh)
    measures = {
        "sharpness": _ramp(_reblur_ratio(chip), *_REBLUR_RANGE),
        "brightness": _ramp(float(lit.mean()), 0.0, _FULL_BRIGHTNESS),
        "under_exposure": 1 - float(_ramps(lit, _DARK).mean()),
        "over_exposure": 1 - float(_ramps(lit, _BRIGHT).mean()),
        "contrast": _ramp(float(lit.std() / max(float(lit.mean()), 1.0)), 0.0, _FULL_CONTRAST),
        "size": _ramp(distance, 0.0, FULL_SIZE_EYE_DISTANCE),
        "pose": frontal(pose),
        "eyes_open": _ramp(eye_opening, *_EYES_RANGE),
        "mouth_closed": 1 - _ramp(mouth_opening(mesh), *_MOUTH_RANGE),
        "inside_frame": _inside(pixels.shape[1], pixels.shape[0], box, mesh),
        "single_face": 1.0 if faces == 1 else 0.0,
    }
    return Quality(**measures, unified=unified(list(measures.values())), eye_distance=distance)


def unified(measures: list[float]) -> float:
    """One number from all measures: the geometric mean of the worst and the average.

    The worst decides (a zero is a zero); among frames with the same worst, the better rest wins.
    """
    return float(np.sqrt(min(measures) * sum(measures) / len(measures)))


def _reblur_ratio(chip: FaceChip) -> float:
    """How much of the variation between neighbours a known blur takes away, 0..1.

    A sharp picture loses most of it, a blurred one has little to lose. A ratio, so neither light
    nor contrast moves it. The lower of the two directions counts: motion blurs one only.
    """
    ratios = []
    for axis, kernel in ((1, (_REBLUR, 1)), (0, (1, _REBLUR))):
        inner = chip.face[:, 1:] & chip.face[:, :-1] if axis else chip.face[1:] & chip.face[:-1]
        before = np.abs(np.diff(chip.luminance, axis=axis))[inner]
        after = np.abs(np.diff(cv2.blur(chip.luminance, kernel), axis=axis))[inner]
        lost = np.maximum(before - after, 0).sum()
        ratios.append(float(lost / max(float(before.sum()), 1e-6)))
    return min(ratios)


def _inside(width: int, height: int, box: Box, mesh: Mesh) -> float:
    """The share of the face within the frame: of the box or of the mesh's outline, the lower.

    The mesh squeezes itself into what is visible of a cut face; the detector's box does not.
    """
    columns = min(width, box.x + box.width) - max(0.0, box.x)
    rows = min(height, box.y + box.height) - max(0.0, box.y)
    of_box = max(0.0, columns) * max(0.0, rows) / max(box.width * box.height, 1e-6)
    outline = convex_hull(mesh.points[:, :2])
    frame = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
    visible, _ = cv2.intersectConvexConvex(outline, frame)
    of_mesh = float(visible) / max(float(cv2.contourArea(outline)), 1e-6)
    return float(np.clip(min(of_box, of_mesh), 0, 1))


def _ramp(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0, 1))


def _ramps(values: NDArray[np.float32], full_none: tuple[float, float]) -> NDArray[np.float32]:
    """1 at the first value and beyond it, 0 at the second, linear between."""
    full, none = full_none
    return np.asarray(np.clip((values - none) / (full - none), 0, 1), dtype=np.float32)
