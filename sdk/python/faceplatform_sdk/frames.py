"""Frames: images as a program has them."""

import os
from pathlib import Path
from typing import BinaryIO

from typing_extensions import TypeIs

# An encoded image (JPEG, PNG, WebP, BMP or AVIF): bytes, a path, or a file opened in binary mode.
Frame = bytes | bytearray | memoryview | str | os.PathLike[str] | BinaryIO


def is_frame(value: object) -> TypeIs[Frame]:
    """Return True if this is a single frame."""
    kinds = (bytes, bytearray, memoryview, str, os.PathLike)
    return isinstance(value, kinds) or hasattr(value, "read")


def read(frame: Frame) -> bytes:
    """Return the bytes of a frame, or of any other file to send.

    Raises:
        OSError: the file cannot be read.
        TypeError: this is none, or a file that was opened as text.
    """
    if isinstance(frame, (bytes, bytearray, memoryview)):
        return bytes(frame)
    if isinstance(frame, (str, os.PathLike)):
        return Path(frame).read_bytes()
    if not hasattr(frame, "read"):
        raise TypeError("a frame is bytes, a path, or a file opened in binary mode")
    content = frame.read()
    if not isinstance(content, bytes):
        raise TypeError("open the file in binary mode")
    return content


def name_of(frame: Frame, otherwise: str) -> str:
    """Return the file name of a path; the other name for anything else."""
    return Path(frame).name if isinstance(frame, (str, os.PathLike)) else otherwise
