"""Presentations as files: a still as a JPEG, a sequence as a clip or a folder of numbered JPEGs."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from faceplatform.evaluation.errors import EvaluationError
from faceplatform.evaluation.synthetic.cards import Pixels

_JPEG_QUALITY = 92
# In OpenCV's own FFmpeg, without a library of the system.
_CODEC = "mp4v"


def write_still(frame: Pixels, path: Path) -> Path:
    """Write one frame; return the file."""
    target = path.with_name(f"{path.name}.jpg")
    Image.fromarray(frame).save(target, quality=_JPEG_QUALITY)
    return target


def write_folder(frames: Sequence[Pixels], path: Path) -> Path:
    """Write frames as ``0001.jpg`` and so on; return the folder."""
    path.mkdir()
    for number, frame in enumerate(frames, start=1):
        write_still(frame, path / f"{number:04}")
    return path


def write_clip(frames: Sequence[Pixels], path: Path, *, fps: float) -> Path:
    """Write an MP4 file; return it.

    Raises:
        EvaluationError: this OpenCV cannot write clips.
    """
    target = path.with_name(f"{path.name}.mp4")
    height, width = frames[0].shape[:2]
    codec = cv2.VideoWriter.fourcc(*_CODEC)
    writer = cv2.VideoWriter(str(target), cv2.CAP_FFMPEG, codec, fps, (width, height))
    if not writer.isOpened():
        raise EvaluationError(f"{target} cannot be written: OpenCV was built without FFmpeg here")
    for frame in frames:
        writer.write(np.ascontiguousarray(frame[..., ::-1]))
    writer.release()
    return target
