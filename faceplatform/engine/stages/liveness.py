"""Passive liveness: presentation attack detection on one frame.

It is a signal, not proof. It distinguishes prints and screens held in front of a camera from
people; a good print that fills the frame passes most of the time. If it cannot tell, it says so:
"unclear" means neither "attack" nor "live".
"""

import cv2
import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from faceplatform.engine.stages import deep_tree
from faceplatform.engine.stages.deep_tree import DeepTree, face_crop
from faceplatform.engine.stages.minifasnet import MiniFASNetPair
from faceplatform.engine.stages.regions import scaled
from faceplatform.engine.types import (
    Box,
    Liveness,
    LivenessLack,
    LivenessMethod,
    LivenessVerdict,
)

# The least probability of a live face. Twelve bona fide colour photographs have 0.68 to 1.00,
# except for one with 0.46 to 0.80 as its box moves by a pixel; of 480 ways to crop the twelve, 479
# are live. The two attacks among the samples of Silent-Face-Anti-Spoofing: 0.04 and 0.19, and above
# 0.5 (at most 0.53) in 4 of 147 ways to crop them.
LIVE_SCORE = 0.5

# The least room around the face: the shorter side of the frame, in boxes. The nets judge the
# surroundings of the face, 2.7 and 4 boxes wide, and get less at the edge of the frame. Of 1,200
# crops of twelve bona fide photographs these shares were judged live: with room of 2 and more
# 99.6 %, 1.8 to 2 88 %, 1.5 to 1.75 53 %. The position of the face made no difference.
MIN_ROOM = 1.8

# The least colour of the face, as `colour` measures it. The nets take people in grey images for
# attacks (11 of 12), and attacks in tinted grey images for people (2 of 2). Natural photographs
# have 2.4 to 15, frames of a pale video 2.2 and more, grey images 0, sepia 0.5 to 1, and up to 1.8
# after strong JPEG compression. With a fifth of their colour, 9 of 12 are judged correctly.
MIN_COLOUR = 2.0

# The largest tilt of a face, in degrees. The nets know upright faces: turned by 30 degrees, 23 of
# 24 bona fide photographs are judged live, by 45 degrees 20 of 23, and by 90 degrees one of the two
# attacks.
MAX_ROLL = 35.0

_COLOUR_SIDE = 48


class PassiveLiveness:
    """MiniFASNet, with a verdict for faces that it cannot judge. Not thread-safe.

    Raises:
        faceplatform.errors.ModelMissing: the weights are not installed.
        faceplatform.errors.ModelCorrupted: the checksum of the weights is wrong.
    """

    def __init__(self) -> None:
        self._nets = MiniFASNetPair()

    def run_once(self) -> None:
        """Run the nets on a blank frame, so that the first one takes no longer than others."""
        self._nets.score(np.zeros((80, 80, 3), np.uint8), Box(30, 30, 20, 20))

    def check(
        self,
        pixels: NDArray[np.uint8],
        box: Box,
        *,
        roll: float = 0.0,
        tree: DeepTree | None = None,
    ) -> Liveness:
        """Judge one face.

        Args:
            pixels: the RGB frame, (height, width, 3).
            box: the face as the detector gives it (BlazeFace: a square from the forehead to the
                chin). No verdict on the photographs above changed with boxes 0.8 to 1.5 times as
                large.
            roll: the tilt of the face, in degrees.
            tree: the second net, to be asked too.

        Returns:
            the verdict, ``spoof`` if any net that ran says so; ``unclear`` without a score if
            MiniFASNet cannot judge the face, or if the second net cannot and the settings require
            it.
        """
        face = _inside(pixels, box)
        if (fault := _lack(pixels, face, box, roll)) is not None:
            return unclear(fault)
        scores = {LivenessMethod.MINIFASNET: self._nets.score(pixels, box)}
        # What one net refuses, the other need not look at: it takes 20 times as long.
        if tree is not None and min(scores.values()) >= LIVE_SCORE:
            crop = face_crop(pixels, box)
            fault = deep_tree.lack(crop, box)
            if fault is None:
                scores[LivenessMethod.DEEP_TREE] = tree.score(crop)
            elif settings.FACEPLATFORM_DEEP_TREE == "required":
                return unclear(fault)
        score = min(scores.values())
        verdict = LivenessVerdict.LIVE if score >= LIVE_SCORE else LivenessVerdict.SPOOF
        return Liveness(verdict=verdict, score=score, scores=scores)


def unclear(lack: LivenessLack) -> Liveness:
    """Return the verdict on a face that cannot be judged because of this fault."""
    return Liveness(verdict=LivenessVerdict.UNCLEAR, score=None, lack=lack)


def _lack(
    pixels: NDArray[np.uint8], face: NDArray[np.uint8], box: Box, roll: float
) -> LivenessLack | None:
    """Return the fault because of which MiniFASNet cannot judge a face, or None."""
    if face.size == 0 or room(pixels, box) < MIN_ROOM:
        return LivenessLack.ROOM
    if abs(roll) > MAX_ROLL:
        return LivenessLack.UPRIGHT
    return LivenessLack.COLOUR if colour(face) < MIN_COLOUR else None


def room(pixels: NDArray[np.uint8], box: Box) -> float:
    """Return the number of boxes that fit side by side along the shorter side of the frame."""
    height, width = pixels.shape[:2]
    return float(min(height / box.height, width / box.width))


def colour(face: NDArray[np.uint8]) -> float:
    """Return the variation of the colour of a face that its brightness does not explain.

    A grey image has none, nor has a tinted grey one (sepia, a monochrome screen), whose colour is a
    function of its brightness.

    Args:
        face: uint8, (height, width, 3), RGB, not empty.

    Returns:
        the standard deviation of Cr and Cb together, of 0..255, around their best parabola over
        the luma.
    """
    small = scaled(face, (_COLOUR_SIDE, _COLOUR_SIDE))
    luma, *colours = cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb).reshape(-1, 3).T.astype(np.float64)
    values = np.stack([np.square(luma / 255), luma / 255, *colours])
    values -= values.mean(axis=1, keepdims=True)
    moments = values @ values.T / values.shape[1]
    # From the moments, in a fraction of the time of least squares on the pixels. lstsq, because
    # the parabola is not unique for a face of uniform brightness.
    parabola, *_ = np.linalg.lstsq(moments[:2, :2], moments[:2, 2:], rcond=None)
    remainder = moments[2:, 2:] - moments[2:, :2] @ parabola
    return float(np.sqrt(max(0.0, np.trace(remainder))))


def _inside(pixels: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """Return the part of a box that lies within the frame; may be empty."""
    left, top = max(0, round(box.x)), max(0, round(box.y))
    right, bottom = max(0, round(box.x + box.width)), max(0, round(box.y + box.height))
    return pixels[top:bottom, left:right]
