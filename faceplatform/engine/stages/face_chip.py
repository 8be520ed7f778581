"""The face alone, upright, at a fixed size: the input of quality and appearance."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.stages.landmarks import Mesh, face_region
from faceplatform.engine.stages.regions import cut

# Side of the square in which light and sharpness are measured. The recognition chip shows the face
# at about this size: blur that vanishes here does not matter there. A smaller face is not enlarged:
# that would look like blur, and `size` refuses it.
CHIP_SIDE = 128
_SMALLEST_CHIP = 24

# Luminance of ITU-R BT.709.
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class FaceChip:
    """The upright face.

    Attributes:
        mesh: of the face, in pixels of the frame.
        luminance: float32, (side, side), 0..255.
        face: bool, (side, side): within the mesh's outline and the frame.
        points: float32, (468, 2): the mesh's, in pixels of the chip.
    """

    mesh: Mesh
    luminance: NDArray[np.float32]
    face: NDArray[np.bool_]
    points: NDArray[np.float32]


def face_chip(pixels: NDArray[np.uint8], mesh: Mesh) -> FaceChip:
    """Cut the face out of the RGB frame (height, width, 3)."""
    region = face_region(mesh)
    side = int(np.clip(region.side, _SMALLEST_CHIP, CHIP_SIDE))
    points = region.to_chip(mesh.points[:, :2], side)
    height, width = pixels.shape[:2]
    frame = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
    face = (filled(points, side) & filled(region.to_chip(frame, side), side)) > 0
    luminance = cut(pixels, region, side) @ _LUMINANCE
    return FaceChip(mesh=mesh, luminance=luminance, face=_eroded(face), points=points)


def convex_hull(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the convex hull of points (n, 2), as a polygon (m, 2)."""
    hull = cv2.convexHull(np.ascontiguousarray(points))
    return np.asarray(hull, dtype=np.float32).reshape(-1, 2)


def filled(points: NDArray[np.float32], side: int) -> NDArray[np.uint8]:
    """Return the convex hull of points (n, 2) as a mask: uint8, (side, side), 1 inside."""
    canvas = np.zeros((side, side), dtype=np.uint8)
    cv2.fillConvexPoly(canvas, np.round(convex_hull(points)).astype(np.int32), (1,))
    return canvas


def _eroded(face: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Remove the rim, which mixes with the background and with the black beyond the frame.

    Return everything if nothing would be left to measure.
    """
    canvas = np.pad(face.astype(np.uint8), 1)
    inner = cv2.erode(canvas, np.ones((5, 5), np.uint8))[1:-1, 1:-1] > 0
    return inner if inner.any() else np.ones_like(face)
