"""The Deep Tree Network: passive liveness from the fine texture of a face.

From Liu et al., "Deep Tree Learning for Zero-shot Face Anti-Spoofing" (CVPR 2019). It judges the
face alone, without its surroundings, and so refuses most prints and screens that fill the frame,
which MiniFASNet takes for people. But it also refuses people in small, blurred or strongly
compressed images: `lack` tells which faces it can judge. It never decides alone.
"""

from threading import Lock

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from faceplatform.engine.catalogue import weights
from faceplatform.engine.stages.regions import scaled
from faceplatform.engine.types import Box, LivenessLack

# The least side of a face in pixels of the frame, and the least detail of its crop, see `detail`.
# Nine sharp portraits, reduced, are judged live: with a face of 250 or 200 pixels all nine, of 160
# or 130 pixels 7, of 100 pixels 6, of 80 pixels 5; with JPEG quality 50 and 200 pixels 6; with 250
# pixels and a blur of one pixel, which leaves a detail of 4.7, 5 (`bench.passive_liveness`).
MIN_SIDE = 200
MIN_DETAIL = 6.0

_SIDE = 256


class DeepTree:
    """The net. Thread-safe: it judges one face at a time, because it takes some 70 MB.

    Raises:
        faceplatform.errors.ModelMissing: the weights are not installed.
        faceplatform.errors.ModelCorrupted: the checksum of the weights is wrong.
    """

    def __init__(self) -> None:
        self._net = Interpreter(model_path=str(weights.locate("deep_tree")), num_threads=1)
        self._net.allocate_tensors()
        self._lock = Lock()
        self._input: int = self._net.get_input_details()[0]["index"]
        scores, masks = self._net.get_output_details()
        self._scores: int = scores["index"]
        self._masks: int = masks["index"]

    def run_once(self) -> None:
        """Run the net on a blank crop, so that the first one takes no longer than others."""
        self.score(np.zeros((_SIDE, _SIDE, 3), np.uint8))

    def score(self, crop: NDArray[np.uint8]) -> float:
        """Return the probability of a bona fide presentation, 0..1.

        Args:
            crop: of `face_crop`.
        """
        with self._lock:
            self._net.set_tensor(self._input, crop[None].astype(np.float32) / 255)
            self._net.invoke()
            scores, masks = (self._net.get_tensor(each) for each in (self._scores, self._masks))
        # Each leaf of the tree has a score, 0 for a person and 1 for an attack. The masks are 1 for
        # the leaf that the face belongs to, and 0 for all others.
        return float(np.clip(1 - np.sum(np.abs(scores) * masks), 0, 1))


def face_crop(pixels: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """Return the square around a face, uint8, (256, 256, 3), squeezed at the edge of the frame.

    Args:
        pixels: the RGB frame, (height, width, 3).
        box: overlaps the frame.
    """
    side = _side(box)
    left, top = box.x + (box.width - side) / 2, box.y + (box.height - side) / 2
    rows = slice(max(0, round(top)), round(top + side))
    columns = slice(max(0, round(left)), round(left + side))
    return scaled(pixels[rows, columns], (_SIDE, _SIDE))


def lack(crop: NDArray[np.uint8], box: Box) -> LivenessLack | None:
    """Return the fault because of which the net cannot judge a face, or None."""
    if _side(box) < MIN_SIDE:
        return LivenessLack.SIZE
    return LivenessLack.DETAIL if detail(crop) < MIN_DETAIL else None


def detail(crop: NDArray[np.uint8]) -> float:
    """Return the standard deviation of the Laplacian of a crop's luma, in its levels of 0..255."""
    luma = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return float(cv2.Laplacian(luma, cv2.CV_32F).std())


def _side(box: Box) -> float:
    """Return the side of the square with the area of a box. BlazeFace's boxes are squares; YuNet's
    are narrower and higher, with an area that is a tenth larger."""
    return float(np.sqrt(box.width * box.height))
