"""Following a face from one frame of a stream to the next, without a detector.

As MediaPipe does, the mesh of a frame says where the next one looks. A detector runs on the first
frame, where the mesh is unsure, and every few frames: it alone finds a second face. Where there is
nobody to follow it looks at each frame, and the mesh looks for turned faces every few frames.
"""

from math import cos, hypot, sin

import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.stages.detection import Detection
from faceplatform.engine.stages.faces import Candidate
from faceplatform.engine.stages.landmarks import (
    EYE_CORNERS,
    FaceMesh,
    Mesh,
    region_of_points,
)
from faceplatform.engine.stages.regions import Region
from faceplatform.engine.types import Box, Track

# A detector looks at one frame in so many, so a second face is seen within half a second of a
# stream of ten frames a second.
LOOK_EVERY = 5
# The same while no frame is to be matched: the frame that decides is looked at in any case.
LOOK_EVERY_UNMATCHED = 10

# Less presence is no sure track. No frame with less is accepted (`acceptance.MINIMUM_PRESENCE`).
_SURE_PRESENCE = 0.99
# Between two frames a face moves by at most this share of its square, and its square grows or
# shrinks by at most this factor. More is another face, or a mesh that slid off.
_MOST_SHIFT = 0.5
_MOST_GROWTH = 1.5


def begin(candidate: Candidate, pixels: NDArray[np.uint8]) -> Track | None:
    """Return the track of a face that the detector has just found; None if the mesh is unsure."""
    if candidate.presence < _SURE_PRESENCE:
        return None
    return _track(candidate.detection.box, candidate.mesh, pixels, age=0)


def follow(
    track: Track, pixels: NDArray[np.uint8], face_mesh: FaceMesh, *, look_every: int
) -> tuple[Candidate, Track] | None:
    """Find the face of the last frame in this one: one run of the mesh net.

    Args:
        pixels: the RGB frame (height, width, 3).
        look_every: a detector looks at one frame in so many.

    Returns:
        The face and its track; its box is the detector's, moved with the mesh. None if a detector
        must look: the track is old or unsure, or the frame has another size.
    """
    if track.age + 1 >= look_every or (track.height, track.width) != pixels.shape[:2]:
        return None
    before = _region(track)
    mesh = face_mesh.look_at(pixels, before)
    after = region_of_points(mesh.points)
    if mesh.presence < _SURE_PRESENCE or _jumped(before, after):
        return None
    moved = _track(_moved(track.box, before, after), mesh, pixels, age=track.age + 1)
    # The eyes are the mesh's own, so they prove nothing about it.
    eyes = mesh.points[list(EYE_CORNERS), :2]
    candidate = Candidate(Detection(moved.box, eyes, eyes_guessed=True), mesh)
    return (candidate, moved) if candidate.presence else None


def is_sure(faces: list[Candidate]) -> bool:
    """Return True for a single face that is surely there; any other frame is refused."""
    return len(faces) == 1 and faces[0].presence >= _SURE_PRESENCE


def _track(box: Box, mesh: Mesh, pixels: NDArray[np.uint8], *, age: int) -> Track:
    region = region_of_points(mesh.points)
    height, width = pixels.shape[:2]
    return Track(
        box=box,
        centre_x=float(region.centre[0]),
        centre_y=float(region.centre[1]),
        side=region.side,
        angle=region.angle,
        width=width,
        height=height,
        age=age,
    )


def _region(track: Track) -> Region:
    centre = np.array([track.centre_x, track.centre_y], dtype=np.float32)
    return Region(centre, track.side, track.angle)


def _jumped(before: Region, after: Region) -> bool:
    shift = hypot(*(after.centre - before.centre))
    growth = after.side / before.side
    return shift > _MOST_SHIFT * before.side or not 1 / _MOST_GROWTH < growth < _MOST_GROWTH


def _moved(box: Box, before: Region, after: Region) -> Box:
    """Return the box, moved, turned and scaled about the face as the mesh's square is."""
    scale, turn = after.side / before.side, after.angle - before.angle
    x = box.x + box.width / 2 - float(before.centre[0])
    y = box.y + box.height / 2 - float(before.centre[1])
    centre_x = float(after.centre[0]) + scale * (x * cos(turn) - y * sin(turn))
    centre_y = float(after.centre[1]) + scale * (x * sin(turn) + y * cos(turn))
    width, height = box.width * scale, box.height * scale
    return Box(centre_x - width / 2, centre_y - height / 2, width, height, box.confidence)
