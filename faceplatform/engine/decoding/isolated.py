"""Pictures of rare and complex formats, decoded by a process of their own.

Hostile bytes cost at most its time and memory, and a crash of a codec is an answer. It takes a
tenth of a second to start, too long for the formats of live frames.
"""

import json
import os
import subprocess
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Event, Timer
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from faceplatform import errors
from faceplatform.engine.decoding.formats import Picture
from faceplatform.engine.decoding.process import Bounds, Status

MEMORY_BYTES = 1024**3
CPU_SECONDS = 5
WALL_SECONDS = 10.0
_BUSY_SECONDS = 1

# What an interpreter in an unusual place needs to start: no keys, no passwords.
_INHERITED = ("PATH", "LD_LIBRARY_PATH")
# NumPy would start threads of its own, and is asked for nothing that they would speed up.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
_ROOT = Path(__file__).resolve().parents[3]
_ERRORS: dict[Status, type[errors.ImageError]] = {
    Status.DAMAGED: errors.ImageTruncated,
    Status.ANIMATED: errors.ImageAnimated,
    Status.TOO_MANY_PIXELS: errors.ImageTooManyPixels,
}


def decode(picture: Picture) -> NDArray[np.uint8]:
    """The upright pixels of a picture, RGB, (height, width, 3).

    Raises:
        faceplatform.errors.ImageTruncated: damaged, or beyond its processor time and memory.
        faceplatform.errors.EngineBusy: the machine is too busy to finish it in time.
        faceplatform.errors.EngineError: the process could not start.
        faceplatform.errors.ImageAnimated: an animation.
        faceplatform.errors.ImageTooManyPixels: it has more pixels than it said.
    """
    bounds = Bounds(
        format=picture.format,
        max_pixels=picture.pixels,
        memory_bytes=MEMORY_BYTES,
        cpu_seconds=CPU_SECONDS,
    )
    command = [sys.executable, "-m", "faceplatform.engine.decoding.process", bounds.as_json()]
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
            return _answer(process, picture.data)
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


def _answer(process: subprocess.Popen[bytes], data: bytes) -> NDArray[np.uint8]:
    source, target = cast("IO[bytes]", process.stdin), cast("Any", process.stdout)
    for step in (partial(source.write, data), source.close):
        with suppress(BrokenPipeError):  # it has ended, and its status says why
            step()
    line = target.readline()
    if not line:
        if (status := process.wait()) >= 0:  # it ended by itself, and not on the picture's account
            raise errors.EngineError(f"The decoding process ended with status {status}")
        raise errors.ImageTruncated  # killed by a limit, or by a fault of the codec
    header = json.loads(line)
    outcome = Status(header["status"])
    if outcome is not Status.DECODED:
        raise _ERRORS[outcome]
    pixels = np.empty((header["height"], header["width"], 3), dtype=np.uint8)
    if target.readinto(pixels.data.cast("B")) != pixels.nbytes:
        raise errors.ImageTruncated
    return pixels
