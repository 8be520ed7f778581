"""The shape of the eyes by MediaPipe's iris net, whose eye contour follows the lids.

That of the mesh does not: it gives closed eyes the shape of open ones.
"""

from dataclasses import dataclass

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from faceplatform.engine.catalogue import weights
from faceplatform.engine.stages.landmarks import Mesh, head_pose
from faceplatform.engine.stages.regions import Region, cut

SIDE = 64
# From MediaPipe's iris_landmark graphs: the side of the square around an eye, as a multiple of
# the distance between its corners.
ROI_SCALE = 2.3

# Corners in the mesh, image-left first, and True if the net, which knows eyes of one side only,
# gets the mirror image.
_IMAGE_LEFT = ((33, 133), False)
_IMAGE_RIGHT = ((362, 263), True)

# Positions in the contour: the corners, two pairs of points on the upper and the lower lid, and the
# middle of the upper one.
_CORNERS = (0, 8)
_UPPER, _LOWER = (11, 13), (3, 5)
_UPPER_LID = (11, 12, 13)
_CONTOUR_POINTS = 71

# From this opening on, an eye counts as open, and the other one is not measured.
OPEN = 0.19


@dataclass(frozen=True, slots=True)
class EyeShape:
    """The shape of the eyes, both values over the length of the eye. A wink counts as open.

    Attributes:
        opening: gap between the lids, of the wider open eye. It is as small in narrow and laughing
            eyes as in closed ones.
        rise: height of the upper lid above the line between the corners, of the eye where it is
            higher; negative below. A closed lid comes down to the line, a laugh lifts the lower
            one. A head that nods brings the lid nearer to the line, also of a wide open eye.
    """

    opening: float
    rise: float


# Of a face that is not surely there.
NO_EYES = EyeShape(opening=0.0, rise=-1.0)


class EyeContours:
    """The iris net; not thread-safe."""

    def __init__(self) -> None:
        path = weights.locate("iris")
        self._net = Interpreter(model_path=str(path), num_threads=1)
        self._net.allocate_tensors()
        self._input = self._net.get_input_details()[0]["index"]
        by_size = {int(np.prod(o["shape"])): o["index"] for o in self._net.get_output_details()}
        self._contour = by_size[_CONTOUR_POINTS * 3]

    def measure(self, pixels: NDArray[np.uint8], mesh: Mesh) -> EyeShape:
        """Return the shape of the eyes.

        The eye that faces the camera is measured first, and alone if it is open (`OPEN`): larger
        values make no difference.

        Args:
            pixels: the RGB frame, (height, width, 3).
        """
        eyes = [_IMAGE_LEFT, _IMAGE_RIGHT]
        if head_pose(mesh).yaw < 0:  # looks to the image's left: the image-right eye is nearer
            eyes.reverse()
        shape = NO_EYES
        for corners, mirrored in eyes:
            eye = self._measure_eye(pixels, mesh, corners, mirrored=mirrored)
            shape = EyeShape(max(shape.opening, eye.opening), max(shape.rise, eye.rise))
            if shape.opening >= OPEN:
                break
        return shape

    def run_once(self) -> None:
        """Run the net on a blank chip, so that the first face takes no longer than others."""
        self._run(np.zeros((SIDE, SIDE, 3), dtype=np.uint8))

    def _measure_eye(
        self, pixels: NDArray[np.uint8], mesh: Mesh, corners: tuple[int, int], *, mirrored: bool
    ) -> EyeShape:
        chip = cut(pixels, _around(*mesh.points[list(corners), :2]), SIDE)
        contour = self._run(chip[:, ::-1] if mirrored else chip)
        start, end = contour[list(_CORNERS)]
        line = end - start
        length = max(float(np.hypot(*line)), 1e-6)
        up = np.array([line[1], -line[0]]) / length
        rise = float(((contour[list(_UPPER_LID)] - start) @ up).mean())
        gaps = np.linalg.norm(contour[list(_UPPER)] - contour[list(_LOWER)], axis=1)
        return EyeShape(opening=float(gaps.mean()) / length, rise=rise / length)

    def _run(self, chip: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the contour of one eye: float32, (71, 2), in pixels of the chip."""
        self._net.set_tensor(self._input, chip[None] * np.float32(1 / 255))
        self._net.invoke()
        points = self._net.get_tensor(self._contour).reshape(_CONTOUR_POINTS, 3)
        return np.asarray(points[:, :2], dtype=np.float32)


def _around(start: NDArray[np.float32], end: NDArray[np.float32]) -> Region:
    """Return the square around the eye between two corners, image-left first."""
    line = end - start
    angle = float(np.arctan2(line[1], line[0]))
    centre = np.asarray((start + end) / 2, dtype=np.float32)
    return Region(centre, float(np.linalg.norm(line)) * ROI_SCALE, angle)
