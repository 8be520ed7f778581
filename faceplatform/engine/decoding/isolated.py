"""Decoding of rare and complex formats, and of large WebP files, in a separate process.

Hostile bytes cost at most the time and memory of that process, and a crash of a codec is an
ordinary error. The process takes a tenth of a second to start: too long for the formats of live
frames.
"""

import json
import os
import subprocess
import sys
from contextlib import suppress
from functools import partial
from math import ceil
from pathlib import Path
from threading import Event, Timer
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from faceplatform import errors
from faceplatform.engine.decoding.formats import EncodedImage
from faceplatform.engine.decoding.process import Bounds, Status

# Bounds that follow the declared pixels, because the decoder of AVIF scales whatever a file holds
# to the declared size. 640 x 480 pixels may take 391 MB of addresses and a second, 25 megapixels
# 1009 MB and 5 seconds. Photographs need 152 and 557 MB, noise 0.2 and 2.2 s, of which the
# interpreter's start takes 0.12 s.
_LEAST_MEMORY_BYTES = 384 * 1024**2
_MEMORY_BYTES_A_MEGAPIXEL = 25 * 1024**2
_LEAST_CPU_SECONDS = 0.5
_CPU_SECONDS_A_MEGAPIXEL = 0.18
WALL_SECONDS = 10.0
_BUSY_SECONDS = 1

# Needed to start an interpreter in an unusual place. Nothing else is passed on: no keys, no
# passwords.
_INHERITED = ("PATH", "LD_LIBRARY_PATH")
# NumPy would start threads that speed up nothing here.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
_ROOT = Path(__file__).resolve().parents[3]
_ERRORS: dict[Status, type[errors.ImageError]] = {
    Status.DAMAGED: errors.ImageTruncated,
    Status.ANIMATED: errors.ImageAnimated,
    Status.TOO_MANY_PIXELS: errors.ImageTooManyPixels,
}


def bounds_of(encoded: EncodedImage) -> Bounds:
    """Return the bounds on decoding an image of its declared size."""
    megapixels = encoded.pixels / 1e6
    return Bounds(
        format=encoded.format,
        orientation=encoded.orientation,
        max_pixels=encoded.pixels,
        memory_bytes=_LEAST_MEMORY_BYTES + round(megapixels * _MEMORY_BYTES_A_MEGAPIXEL),
        cpu_seconds=ceil(_LEAST_CPU_SECONDS + megapixels * _CPU_SECONDS_A_MEGAPIXEL),
    )


def decode(encoded: EncodedImage) -> NDArray[np.uint8]:
    """Decode an AVIF, HEIC or WebP image to upright RGB pixels, (height, width, 3).

    Raises:
        faceplatform.errors.ImageTruncated: damaged, or beyond the limits of time and memory.
        faceplatform.errors.EngineBusy: the machine is too busy to finish in time.
        faceplatform.errors.EngineError: the process could not start.
        faceplatform.errors.ImageAnimated: the image is an animation.
        faceplatform.errors.ImageTooManyPixels: the image has more pixels than it declares.
    """
    bounds = bounds_of(encoded).as_json()
    command = [sys.executable, "-m", "faceplatform.engine.decoding.process", bounds]
    with subprocess.Popen(  # noqa: S603  (our own module, no shell)
        command,
        cwd=_ROOT,
        env={name: os.environ[name] for name in _INHERITED if name in os.environ} | _ONE_THREAD,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        late = Event()
        stop = Timer(WALL_SECONDS, _stop, (process, late))
        stop.start()
        try:
            return _converse(process, encoded.decoder_input)
        except errors.ImageTruncated as e:
            if late.is_set():
                raise errors.EngineBusy(retry_after=_BUSY_SECONDS) from e
            raise
        finally:
            stop.cancel()
            process.kill()


def _stop(process: subprocess.Popen[bytes], late: Event) -> None:
    late.set()
    process.kill()


def _converse(process: subprocess.Popen[bytes], decoder_input: bytes) -> NDArray[np.uint8]:
    source, target = cast("IO[bytes]", process.stdin), cast("Any", process.stdout)
    for step in (partial(source.write, decoder_input), source.close):
        with suppress(BrokenPipeError):  # the process ended; its status says why
            step()
    line = target.readline()
    if not line:
        if (status := process.wait()) >= 0:  # it exited by itself, so the image is not the cause
            raise errors.EngineError(f"The decoding process ended with status {status}")
        raise errors.ImageTruncated  # killed by a limit or a crash of the codec
    header = json.loads(line)
    outcome = Status(header["status"])
    if outcome is not Status.DECODED:
        raise _ERRORS[outcome]
    pixels = np.empty((header["height"], header["width"], 3), dtype=np.uint8)
    if target.readinto(pixels.data.cast("B")) != pixels.nbytes:
        raise errors.ImageTruncated
    return pixels
