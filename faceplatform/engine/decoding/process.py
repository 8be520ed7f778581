"""Decoder of one image: ``python -m faceplatform.engine.decoding.process BOUNDS``.

Reads the image from standard input. Writes a line with a JSON object that holds the status, then
the upright pixels as RGB, row by row. Does not import Django.
"""

import json
import resource
import sys
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from io import BytesIO
from typing import BinaryIO

from PIL import AvifImagePlugin, Image, ImageOps

from faceplatform.engine.decoding.colours import to_rgb
from faceplatform.errors import ImageError


class Status(StrEnum):
    DECODED = "decoded"
    DAMAGED = "damaged"
    ANIMATED = "animated"
    TOO_MANY_PIXELS = "too_many_pixels"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The expected format of an image, and the limits on decoding it.

    Attributes:
        format: "AVIF", "HEIC" or "WebP".
        orientation: EXIF orientation of a WebP, 1..8; the others name their own.
        memory_bytes: limit on the address space of the process.
    """

    format: str
    orientation: int
    max_pixels: int
    memory_bytes: int
    cpu_seconds: int

    def as_json(self) -> str:
        return json.dumps(asdict(self))


# Status, width and height, and the pixels.
_Outcome = tuple[Status, tuple[int, int], bytes | memoryview]


def main(source: BinaryIO, target: BinaryIO, bounds: Bounds) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (bounds.memory_bytes, bounds.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (bounds.cpu_seconds, bounds.cpu_seconds))
    decode = _decode_webp if bounds.format == "WebP" else _decode
    status, (width, height), pixels = decode(source.read(), bounds)
    header = {"status": status, "width": width, "height": height}
    target.write(json.dumps(header).encode() + b"\n")
    target.write(pixels)


def _decode(image: bytes, bounds: Bounds) -> _Outcome:
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    try:
        opened = Image.open(BytesIO(image), formats=_formats(bounds.format))
        if opened.width * opened.height > bounds.max_pixels:
            return _refused(Status.TOO_MANY_PIXELS)
        # A HEIC file with several images has a primary one: a burst is no animation.
        if opened.format == "AVIF" and getattr(opened, "is_animated", False):
            return _refused(Status.ANIMATED)
        upright = ImageOps.exif_transpose(to_rgb(opened))
        return Status.DECODED, upright.size, upright.tobytes()
    # Readers let any error of parsing hostile bytes through, and this block does nothing else.
    except Exception:  # noqa: BLE001
        return _refused(Status.DAMAGED)


def _decode_webp(image: bytes, bounds: Bounds) -> _Outcome:
    # Takes a third of a second to load, for which the others need not wait.
    from faceplatform.engine.decoding import formats
    from faceplatform.engine.decoding.decode import decode_here

    try:
        pixels = decode_here(replace(formats.read(image), orientation=bounds.orientation))
    except ImageError:
        return _refused(Status.DAMAGED)
    height, width, _ = pixels.shape
    return Status.DECODED, (width, height), pixels.data


def _refused(status: Status) -> _Outcome:
    return status, (0, 0), b""


def _formats(wanted: str) -> list[str]:
    if wanted == "AVIF":
        return ["AVIF"]
    from pillow_heif import register_heif_opener

    register_heif_opener(thumbnails=False, decode_threads=1)
    return ["HEIF"]


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer, Bounds(**json.loads(sys.argv[1])))
