"""Eye opening by MediaPipe's iris net, whose eye contour follows the lids.

That of the mesh does not: it gives closed eyes the shape of open ones.
"""

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

# Positions in the contour: the corners, and two pairs of points on the upper and the lower lid.
_CORNERS = (0, 8)
_UPPER, _LOWER = (11, 13), (3, 5)
_CONTOUR_POINTS = 71

# From this opening on, an eye counts as open, and the other one is not measured.
OPEN = 0.19


class EyeContours:
    """The iris net; not thread-safe."""

    def __init__(self) -> None:
        path = weights.locate("iris")
        self._net = Interpreter(model_path=str(path), num_threads=1)
        self._net.allocate_tensors()
        self._input = self._net.get_input_details()[0]["index"]
        by_size = {int(np.prod(o["shape"])): o["index"] for o in self._net.get_output_details()}
        self._contour = by_size[_CONTOUR_POINTS * 3]

    def measure_opening(self, pixels: NDArray[np.uint8], mesh: Mesh) -> float:
        """Return the gap between the lids over the length of the eye, for the wider open eye.

        A wink therefore counts as open. The eye that faces the camera is measured first, and
        alone if it is open (`OPEN`): larger values make no difference.

        Args:
            pixels: the RGB frame, (height, width, 3).
        """
        eyes = [_IMAGE_LEFT, _IMAGE_RIGHT]
        if head_pose(mesh).yaw < 0:  # looks to the image's left: the image-right eye is nearer
            eyes.reverse()
        widest = 0.0
        for corners, mirrored in eyes:
            widest = max(widest, self._measure_eye(pixels, mesh, corners, mirrored=mirrored))
            if widest >= OPEN:
                break
        return widest

    def run_once(self) -> None:
        """Run the net on a blank chip, so that the first face takes no longer than others."""
        self._run(np.zeros((SIDE, SIDE, 3), dtype=np.uint8))

    def _measure_eye(
        self, pixels: NDArray[np.uint8], mesh: Mesh, corners: tuple[int, int], *, mirrored: bool
    ) -> float:
        chip = cut(pixels, _around(*mesh.points[list(corners), :2]), SIDE)
        contour = self._run(chip[:, ::-1] if mirrored else chip)
        length = float(np.linalg.norm(contour[_CORNERS[1]] - contour[_CORNERS[0]]))
        gaps = np.linalg.norm(contour[list(_UPPER)] - contour[list(_LOWER)], axis=1)
        return float(gaps.mean()) / max(length, 1e-6)

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
