"""The only importer of DeepFace, and the translator of its traps.

DeepFace picks its runtime when it is first imported, and TensorFlow if it finds it. It reads where
its weights are from the environment. So the environment is set before the first import; what the
operator has set there stays.

Translated here, so that nobody else needs to know: it wants BGR, takes only boxes inside of the
picture, and reports the probability of the class that won instead of the probability of life.
"""

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceplatform.engine import weights
from faceplatform.engine.runtime import onnx_session
from faceplatform.engine.types import Box
from faceplatform.errors import ModelMissing

# DeepFace's models/spoofing/onnx/FasNet.py: how far around the box each net looks, as a multiple
# of the box, and the class that means a living person (0 and 2 are kinds of attack).
SCALES = {"minifasnet_v2": 2.7, "minifasnet_v1se": 4.0}
_INPUT_SIDE = 80
_REAL = 1


def _configure() -> None:
    os.environ.setdefault("DEEPFACE_HOME", str(weights.deepface_home()))
    os.environ.setdefault("DEEPFACE_BACKEND_ENGINE", "onnx")


class FasNet:
    """DeepFace's FasNet: its crops and its weights, in sessions of one thread.

    DeepFace's own class would start one thread a core for each net. Safe to share between
    threads.

    Raises:
        faceplatform.errors.ModelMissing: the weights are not installed.
        faceplatform.errors.ModelCorrupted: the weights do not have their checksum.
    """

    def __init__(self) -> None:
        _configure()
        from deepface.commons.onnx_utils import run_session
        from deepface.models.spoofing.FasNetUtils import crop

        self._run, self._crop = run_session, crop
        self._scales = tuple(SCALES.values())
        self._nets = [onnx_session(weights.locate(name)) for name in SCALES]

    def bona_fide(self, pixels: NDArray[np.uint8], box: Box) -> float:
        """The probability that a living person is before the camera, 0..1: both nets' mean.

        Args:
            pixels: the RGB frame, (height, width, 3).
            box: overlaps the frame.
        """
        area = _inside(box, width=pixels.shape[1], height=pixels.shape[0])
        crops = [
            self._crop(pixels, area, scale, _INPUT_SIDE, _INPUT_SIDE) for scale in self._scales
        ]
        # From RGB to BGR after the crop: a large frame is not copied for it.
        scores = [
            self._run(net, crop[:, :, ::-1])[0, _REAL]
            for net, crop in zip(self._nets, crops, strict=True)
        ]
        return float(np.mean(scores))


def _inside(box: Box, *, width: int, height: int) -> tuple[int, int, int, int]:
    """The part of a box within the picture, in whole pixels: x, y, width, height."""
    left, right = np.clip((round(box.x), round(box.x + box.width)), 0, width)
    top, bottom = np.clip((round(box.y), round(box.y + box.height)), 0, height)
    if right <= left or bottom <= top:
        raise ValueError("the box lies outside of the picture")
    return int(left), int(top), int(right - left), int(bottom - top)


def download(name: str, path: Path) -> None:
    """Let DeepFace download the weights of one of FasNet's nets.

    Args:
        name: a key of SCALES.
        path: where to; absolute, and not there yet.

    Raises:
        faceplatform.errors.ModelMissing: it could not be downloaded.
    """
    _configure()
    from deepface.commons.weight_utils import download_weights_if_necessary
    from deepface.models.spoofing.onnx.FasNet import FIRST_WEIGHTS_URL, SECOND_WEIGHTS_URL

    urls = {"minifasnet_v2": FIRST_WEIGHTS_URL, "minifasnet_v1se": SECOND_WEIGHTS_URL}
    try:
        # DeepFace joins the name to its folder, and so leaves an absolute one as it is.
        download_weights_if_necessary(file_name=str(path), source_url=urls[name])
    except ValueError as e:  # what DeepFace makes of every failure
        raise ModelMissing(_undownloaded(name)) from e
    if not path.is_file():
        raise ModelMissing(_undownloaded(name))


def _undownloaded(name: str) -> str:
    return (
        f"DeepFace could not download {weights.MANIFEST[name].file}; put it into a folder and run "
        f"`manage.py models prepare {name} --from FOLDER`"
    )
