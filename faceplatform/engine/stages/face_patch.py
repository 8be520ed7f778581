"""The face in grey, upright, at one size: the picture in which `liveness.flat_motion` tracks."""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.stages.landmarks import Mesh, face_region
from faceplatform.engine.stages.regions import cut
from faceplatform.engine.types import MOST_PATCH_SIDE

# A pixel is then about a millimetre of the face. Turning the head by 20 degrees moves the tip of
# the nose against the cheeks by about ten.
SIDE = MOST_PATCH_SIDE


def face_patch(pixels: NDArray[np.uint8], mesh: Mesh) -> NDArray[np.uint8]:
    """Return the square around the face: uint8, (SIDE, SIDE), grey, black outside of the frame.

    Its edges are parallel to the line of the eyes. The square is a similarity transform of the
    frame, which leaves a plane a plane: the mesh decides only where to look.

    Args:
        pixels: the RGB frame (height, width, 3).
    """
    chip = cut(pixels, face_region(mesh), SIDE)
    return np.asarray(cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
