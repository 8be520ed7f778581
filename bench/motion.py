"""The cost of `flat_motion` beside a frame: cutting the patch, and comparing two."""

from time import process_time

import numpy as np
from numpy.typing import NDArray

from bench import pictures
from bench.table import Row, Table
from bench.timing import interleaved
from faceplatform.engine.base import DecodingEngine
from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.types import Frame, Wants
from faceplatform.evaluation.acquisition import build_photograph_locator
from faceplatform.evaluation.synthetic.gestures import Posture, Presented, draw, surface_of
from faceplatform.liveness.flat_motion import compare

_ROUNDS = 30


def motion(engine: DecodingEngine) -> Table:
    """Measure a frame of 640 x 480 without and with what a challenge wants, and a comparison."""
    frame, turned = frames()
    rest, moved = (patch_of(engine, each) for each in (frame, turned))
    wants = Wants(gestures=True, patch=True)
    times = interleaved(
        {
            "plain": lambda: engine.analyze(turned, wants=Wants()),
            "with": lambda: engine.analyze(turned, wants=wants),
            "compare": lambda: compare(rest, moved),
        },
        rounds=_ROUNDS,
        clock=process_time,
    )
    plain, told = times["plain"].least, compare(rest, moved)
    share = (times["with"].least + times["compare"].least) / plain - 1
    return Table(
        f"Flat or solid, 640 x 480, one thread, processor time: minimum of {_ROUNDS}",
        [
            Row("frame", plain, "ms"),
            Row("frame with gestures and patch", times["with"].least, "ms"),
            Row("comparison of two patches", times["compare"].least, "ms", "", _told(told.tracks)),
            Row("a compared frame over a plain one", 100 * share, "% more", "<= 60"),
            Row("a patch that is kept", rest.nbytes, "bytes", "", "sealed, until the session ends"),
        ],
    )


def frames() -> tuple[Frame, Frame]:
    """Return a photograph of a face at rest, 640 x 480, and the same face turned aside."""
    frame = decode(pictures.portraits(pictures.VGA)[0])
    mesh = build_photograph_locator()(frame.pixels).candidate.mesh
    surface = surface_of(frame.pixels, mesh.points, Presented.HEAD)
    return frame, Frame(pixels=draw(surface, Posture(yaw=18)), digest="", fingerprint=b"")


def patch_of(engine: DecodingEngine, frame: Frame) -> NDArray[np.uint8]:
    """Return the patch that a session compares.

    Raises:
        ValueError: the engine finds no sure face.
    """
    face = engine.analyze(frame, wants=Wants(patch=True)).face
    if face is None or face.patch is None:
        raise ValueError("no patch of the face")
    return face.patch


def _told(tracks: int) -> str:
    return f"{tracks} tracks; for each moved face in a challenge"
