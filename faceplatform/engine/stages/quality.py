"""Quality of one face in one frame, after ISO/IEC 29794-5. Measures, no thresholds.

Light and sharpness are measured on the face alone (inside the outline of the mesh and the frame),
turned upright and reduced to a fixed size, so that background and resolution have no influence.
Each measure runs from 0 to 1 and responds to one fault only, so that the worst one determines the
advice.
"""

from collections.abc import Iterable
from math import sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.stages.eyes import EyeShape
from faceplatform.engine.stages.face_chip import FaceChip, convex_hull
from faceplatform.engine.stages.glasses import light_below_eyes
from faceplatform.engine.stages.landmarks import Mesh, eye_distance, mouth_opening
from faceplatform.engine.stages.noise import signal_to_noise
from faceplatform.engine.stages.pose import frontal
from faceplatform.engine.stages.sharpness import reblur_ratio
from faceplatform.engine.types import Box, Pose, Quality

# ISO/IEC 29794-5 asks for 90 px between the eyes; alignment enlarges faces with fewer than 54.
FULL_SIZE_EYE_DISTANCE = 90.0

# Re-blur ratio of eyes, brows and mouth: 0.58-0.68 on nine sharp portraits; Gaussian blur of 2, 3,
# 4, 6 px at 115 px between the eyes gave 0.48, 0.40, 0.33, 0.22 of one, and 0.41, 0.31, 0.25, 0.18
# of another.
_REBLUR_RANGE = (0.12, 0.575)

# The face's own range over its noise (`noise.signal_to_noise`), under which light counts as lost:
# all of it at the first value, none from the second on. Nearly all of LFW's faces have 30 and more
# as taken, 17 and more in an eighth of the light; portraits whose texture counts as noise have 11.
_SIGNAL_RANGE = (0.0, 8.0)

# Luminance (0..255) that counts as lost: fully at the first value, not at all from the second on.
# 29794-5 counts 247..255; the ramp keeps the measure steady from frame to frame.
_BRIGHT = (250.0, 235.0)

# Standard deviation over mean of the face's luminance; 12 portraits have 0.24-0.45.
_FULL_CONTRAST = 0.20

# Sufficient mean luminance of the face, 0..255: of 792 LFW faces the darkest has 53, the darkest
# hundredth less than 74. Too much light lowers `over_exposure`.
_FULL_BRIGHTNESS = 60.0

# Opening and rise (`eyes.EyeShape`): closed at the first value, open from the second on. An eye is
# closed if both say so, or if there is next to no gap. Of 72 pairs of eyes of LFW with the least
# opening, 23 look closed or lowered and 30 open: of the pairs of one and one, the opening ranks
# 80 % rightly, the rise 93 %.
_OPENING_RANGE = (0.08, 0.25)
_RISE_RANGE = (-0.05, 0.12)
_GAP_RANGE = (0.04, 0.15)

# `glasses.light_below_eyes`: covered up to the first value, uncovered from the second on. The
# default policy's limit, in the middle, is a sixth below the lowest of LFW's 3,491 accepted
# photographs of uncovered faces, which has 0.488: eyes in the shade of the sun. Of 32 with dark
# glasses 19 have less (`python -m bench.covers`).
_BELOW_EYES_RANGE = (0.26, 0.56)

# Opening of the mouth (`mouth_opening`): closed up to the first value, wide open from the second
# on. Smiles with teeth are at 0.2, talking and laughing mouths at 0.3 to 0.5; LFW's median is 0.11,
# its widest of 1,583 (people who shout) 0.59.
_MOUTH_RANGE = (0.35, 0.75)

# A detected box of which this share lies within the box of the face, or the other way round, is the
# same face detected twice: of tiny faces seen as two halves the least was 0.34.
_SAME_FACE_SHARE = 0.25


def measure(
    pixels: NDArray[np.uint8],
    box: Box,
    chip: FaceChip,
    pose: Pose,
    *,
    eyes: EyeShape,
    faces: int = 1,
    others: Iterable[Box] = (),
) -> Quality:
    """Measure the quality of one face.

    Args:
        pixels: the RGB frame (height, width, 3).
        box: the detector's, in frame pixels.
        chip: of the same face.
        eyes: their shape; `NO_EYES` for an unconfirmed face.
        faces: the number of faces in the frame that count; unless it is 1, `unified` is 0.
        others: the other boxes that the detector found, for `single_face`.
    """
    mesh, lit = chip.mesh, chip.luminance[chip.face]
    distance = eye_distance(mesh)
    measures = {
        "sharpness": _ramp(reblur_ratio(chip), *_REBLUR_RANGE),
        "brightness": _ramp(float(lit.mean()), 0.0, _FULL_BRIGHTNESS),
        "under_exposure": _ramp(signal_to_noise(chip), *_SIGNAL_RANGE),
        "over_exposure": 1 - float(_ramps(lit, _BRIGHT).mean()),
        "contrast": _ramp(float(lit.std() / max(float(lit.mean()), 1.0)), 0.0, _FULL_CONTRAST),
        "size": _ramp(distance, 0.0, FULL_SIZE_EYE_DISTANCE),
        "pose": frontal(pose),
        "eyes_uncovered": eyes_uncovered(light_below_eyes(chip)),
        "eyes_open": _eyes_open(eyes),
        "mouth_closed": 1 - _ramp(mouth_opening(mesh), *_MOUTH_RANGE),
        "inside_frame": _inside(pixels.shape[1], pixels.shape[0], box, mesh),
    }
    alone = 1.0 if faces == 1 else 0.0
    return Quality(
        **measures,
        single_face=single_face(box, others),
        unified=unified([*measures.values(), alone]),
        eye_distance=distance,
    )


def eyes_uncovered(light_below: float) -> float:
    """Return how surely no dark glasses are worn, 0..1, from `glasses.light_below_eyes`."""
    return _ramp(light_below, *_BELOW_EYES_RANGE)


def unified(measures: list[float]) -> float:
    """Combine all measures: return the geometric mean of the worst and the average.

    The worst decides (a zero gives 0); among frames with the same worst, the average does.
    """
    return float(np.sqrt(min(measures) * sum(measures) / len(measures)))


def single_face(box: Box, others: Iterable[Box]) -> float:
    """Return how dominant a face is among all detected ones: 1 if it is the only one.

    This is the measure "single face present" of ISO/IEC 29794-5 as its reference implementation
    (OFIQ, SingleFacePresent) computes it: 1 - sqrt(area of the next-largest face / area of this
    face). For square boxes that is 1 minus the ratio of the widths. All faces that the detector
    found are compared, even bystanders, copies and others that do not count. 0 if the
    next-largest is at least as large as this face.
    """
    areas = [other.width * other.height for other in others if not _is_same_face(box, other)]
    ratio = max(areas, default=0.0) / max(box.width * box.height, 1e-6)
    return max(0.0, 1 - sqrt(ratio))


def _is_same_face(box: Box, other: Box) -> bool:
    columns = min(box.x + box.width, other.x + other.width) - max(box.x, other.x)
    rows = min(box.y + box.height, other.y + other.height) - max(box.y, other.y)
    smaller = min(box.width * box.height, other.width * other.height)
    return max(0.0, columns) * max(0.0, rows) >= _SAME_FACE_SHARE * smaller


def _eyes_open(eyes: EyeShape) -> float:
    by_shape = min(_ramp(eyes.rise, *_RISE_RANGE), _ramp(eyes.opening, *_GAP_RANGE))
    return max(_ramp(eyes.opening, *_OPENING_RANGE), by_shape)


def _inside(width: int, height: int, box: Box, mesh: Mesh) -> float:
    """Return the share of the face within the frame: of the box or of the mesh, the lower.

    The mesh shrinks to the visible part of a face that is cut off; the box does not.
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
    """Map values to 1 at and beyond the first limit, 0 at the second, linear in between."""
    full, none = full_none
    return np.asarray(np.clip((values - none) / (full - none), 0, 1), dtype=np.float32)
