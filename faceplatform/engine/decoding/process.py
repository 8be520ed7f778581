"""Decodes one AVIF or HEIC picture: ``python -m faceplatform.engine.decoding.process BOUNDS``.

Reads the file from its input. Writes one JSON object with its status on a line of its own, then the
upright pixels as RGB, row by row. Knows nothing of Django.
"""

import json
import resource
import sys
from dataclasses import asdict, dataclass
from enum import StrEnum
from io import BytesIO
from typing import BinaryIO

from PIL import AvifImagePlugin, Image, ImageOps

from faceplatform.engine.decoding.colours import to_rgb


class Status(StrEnum):
    DECODED = "decoded"
    DAMAGED = "damaged"
    ANIMATED = "animated"
    TOO_MANY_PIXELS = "too_many_pixels"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a picture is to be, and what it may cost.

    Attributes:
        format: "AVIF" or "HEIC".
        memory_bytes: address space of the process.
    """

    format: str
    max_pixels: int
    memory_bytes: int
    cpu_seconds: int

    def as_json(self) -> str:
        return json.dumps(asdict(self))


def main(source: BinaryIO, target: BinaryIO, bounds: Bounds) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (bounds.memory_bytes, bounds.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (bounds.cpu_seconds, bounds.cpu_seconds))
    status, (width, height), pixels = _decode(source.read(), bounds)
    header = {"status": status, "width": width, "height": height}
    target.write(json.dumps(header).encode() + b"\n")
    target.write(pixels)


def _decode(data: bytes, bounds: Bounds) -> tuple[Status, tuple[int, int], bytes]:
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    try:
        image = Image.open(BytesIO(data), formats=_formats(bounds.format))
        if image.width * image.height > bounds.max_pixels:
            return _refused(Status.TOO_MANY_PIXELS)
        # A HEIC file of several pictures has one that is shown: a burst is no animation.
        if image.format == "AVIF" and getattr(image, "is_animated", False):
            return _refused(Status.ANIMATED)
        upright = ImageOps.exif_transpose(to_rgb(image))
        return Status.DECODED, upright.size, upright.tobytes()
    # Readers pass on whatever their parsing of hostile bytes runs into; nothing else is done here.
    except Exception:  # noqa: BLE001
        return _refused(Status.DAMAGED)


def _refused(status: Status) -> tuple[Status, tuple[int, int], bytes]:
    return status, (0, 0), b""


def _formats(wanted: str) -> list[str]:
    if wanted == "AVIF":
        return ["AVIF"]
    from pillow_heif import register_heif_opener

    register_heif_opener(thumbnails=False, decode_threads=1)
    return ["HEIF"]


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer, Bounds(**json.loads(sys.argv[1])))
