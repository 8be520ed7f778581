"""MiniFASNet: two nets that judge a face and its surroundings.

From Silent-Face-Anti-Spoofing (Minivision), as DeepFace's FasNet uses them: its crops, its weights
and its mean of both nets. They run on LiteRT because DeepFace's own class starts one thread per
core for each net and takes twice the time, and reports the probability of the winning class instead
of that of a live face.
"""

from pathlib import Path

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from faceplatform.engine.catalogue import weights
from faceplatform.engine.types import Box

# The width of the crop of each net, as a multiple of the box.
SCALES = {"minifasnet_v2": 2.7, "minifasnet_v1se": 4.0}
_INPUT_SIDE = 80  # as in `preparation.minifasnet`
_REAL = 1  # the class that means a living person; 0 and 2 are kinds of attack


class MiniFASNetPair:
    """Both nets. Not thread-safe.

    Raises:
        faceplatform.errors.ModelMissing: the weights are not installed.
        faceplatform.errors.ModelCorrupted: the checksum of the weights is wrong.
    """

    def __init__(self) -> None:
        self._nets = [(scale, _Net(weights.locate(name))) for name, scale in SCALES.items()]

    def score(self, pixels: NDArray[np.uint8], box: Box) -> float:
        """Return the probability of a bona fide presentation, 0..1.

        Args:
            pixels: the RGB frame, (height, width, 3).
            box: overlaps the frame.
        """
        inside = _inside(box, width=pixels.shape[1], height=pixels.shape[0])
        scores = [net.run(surroundings(pixels, inside, scale)) for scale, net in self._nets]
        return float(np.mean([score[_REAL] for score in scores]))


class _Net:
    def __init__(self, path: Path) -> None:
        self._net = Interpreter(model_path=str(path), num_threads=1)
        self._net.allocate_tensors()
        self._input: int = self._net.get_input_details()[0]["index"]
        self._output: int = self._net.get_output_details()[0]["index"]

    def run(self, crop: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the probabilities of the three classes for an RGB crop, uint8, (80, 80, 3)."""
        # To BGR after the crop: a large frame is not copied for it.
        self._net.set_tensor(self._input, crop[None, :, :, ::-1].astype(np.float32))
        self._net.invoke()
        return np.asarray(self._net.get_tensor(self._output)[0], dtype=np.float32)


def surroundings(pixels: NDArray[np.uint8], box: Box, scale: float) -> NDArray[np.uint8]:
    """Return the crop of a face with its surroundings, uint8, (80, 80, 3).

    The crop is ``scale`` boxes wide, or less in a small frame, and is shifted to lie within the
    frame.
    """
    height, width = pixels.shape[:2]
    scale = min(scale, (height - 1) / box.height, (width - 1) / box.width)
    left, right = _moved_inside(box.x + box.width / 2, box.width * scale, width - 1)
    top, bottom = _moved_inside(box.y + box.height / 2, box.height * scale, height - 1)
    part = pixels[top : bottom + 1, left : right + 1]
    return np.asarray(cv2.resize(part, (_INPUT_SIDE, _INPUT_SIDE)), dtype=np.uint8)


def _moved_inside(centre: float, length: float, last: int) -> tuple[int, int]:
    """Return the ends of a length around a centre, shifted to lie within 0..last."""
    start, end = centre - length / 2, centre + length / 2
    shift = max(0.0, -start)
    start, end = start + shift, end + shift
    shift = max(0.0, end - last)
    return int(start - shift), int(end - shift)


def _inside(box: Box, *, width: int, height: int) -> Box:
    """Return the part of a box within the frame, in whole pixels."""
    left, right = np.clip((round(box.x), round(box.x + box.width)), 0, width)
    top, bottom = np.clip((round(box.y), round(box.y + box.height)), 0, height)
    if right <= left or bottom <= top:
        raise ValueError("the box lies outside of the frame")
    return Box(int(left), int(top), int(right - left), int(bottom - top))
