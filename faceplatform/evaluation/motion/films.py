"""Heads that really turn, in a film: the check against real depth, blur and light.

Few films have many people who turn their heads, and windows of one film are alike: their number is
no number of trials.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from faceplatform.engine.stages.detection import build_detector
from faceplatform.engine.stages.face_patch import face_patch
from faceplatform.engine.stages.faces import Candidate, relevant_faces
from faceplatform.engine.stages.landmarks import FaceMesh, head_pose
from faceplatform.engine.types import Box, Pose
from faceplatform.evaluation.errors import EvaluationError
from faceplatform.evaluation.motion.trials import Trial
from faceplatform.liveness.flat_motion import compare

KIND = "head in a film"

# A face is the same as in the frame before if the boxes share so much of their union.
_SHARED = 0.4
# Pixels of the frame that a face is wide at least, as the product asks for, and its frames.
_LEAST_WIDTH, _LEAST_FRAMES = 60, 20
# A face at rest looks within so many degrees into the camera. Later frames of the same window, in
# seconds, are compared that differ from it by a turn of so many degrees.
_REST, _WINDOW, _TURN = 12.0, 3.0, (8.0, 25.0)
_RESTS_APART, _COMPARISONS = 5, 6


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    number: int
    box: Box
    pose: Pose
    patch: NDArray[np.uint8]


def trials(film: Path) -> Iterator[Trial]:
    """Yield a trial of each window in which a face turns.

    Raises:
        EvaluationError: the film cannot be read.
    """
    fps, tracks = _tracks(film)
    for number, track in enumerate(tracks):
        for place in range(0, len(track), _RESTS_APART):
            rest = track[place]
            if max(abs(rest.pose.yaw), abs(rest.pose.pitch)) > _REST:
                continue
            later = track[place + 1 : place + 1 + round(_WINDOW * fps)]
            turned = [each for each in later if _TURN[0] <= _turn(rest, each) <= _TURN[1]]
            if turned:
                chosen = turned[:: max(1, len(turned) // _COMPARISONS)][:_COMPARISONS]
                told = tuple(compare(rest.patch, each.patch) for each in chosen)
                yield Trial(KIND, is_head=True, person=f"face {number}", comparisons=told)


def require_readable(film: Path) -> None:
    """Raise EvaluationError unless the first frame of the film can be read."""
    # A named pipe would block the reader.
    opened = cv2.VideoCapture(str(film)) if film.is_file() else None
    if opened is None or not opened.read()[0]:
        raise _unreadable(film)
    opened.release()


def _unreadable(film: Path) -> EvaluationError:
    return EvaluationError(f"{film} is no film that can be read")


def _turn(rest: _Seen, other: _Seen) -> float:
    yaw, pitch = other.pose.yaw - rest.pose.yaw, other.pose.pitch - rest.pose.pitch
    return max(abs(yaw), abs(pitch))


def _tracks(film: Path) -> tuple[float, list[list[_Seen]]]:
    """Return the frames a second, and the frames of each face that stays in view."""
    detector, face_mesh = build_detector(settings.FACEPLATFORM_DETECTOR), FaceMesh()
    tracks: list[list[_Seen]] = []
    opened = cv2.VideoCapture(str(film))
    fps, number = opened.get(cv2.CAP_PROP_FPS), 0
    while True:
        is_read, frame = opened.read()
        if not is_read:
            break
        pixels = np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), dtype=np.uint8)
        for face in relevant_faces(pixels, detector.detect(pixels), face_mesh):
            if face.confirmed and face.detection.box.width >= _LEAST_WIDTH:
                _add(tracks, _seen(pixels, face, number))
        number += 1
    opened.release()
    if not number:
        raise _unreadable(film)
    return fps, [track for track in tracks if len(track) >= _LEAST_FRAMES]


def _seen(pixels: NDArray[np.uint8], face: Candidate, number: int) -> _Seen:
    patch = face_patch(pixels, face.mesh)
    return _Seen(number=number, box=face.detection.box, pose=head_pose(face.mesh), patch=patch)


def _add(tracks: list[list[_Seen]], seen: _Seen) -> None:
    for track in tracks:
        if track[-1].number == seen.number - 1 and _overlap(track[-1].box, seen.box) > _SHARED:
            track.append(seen)
            return
    tracks.append([seen])


def _overlap(a: Box, b: Box) -> float:
    """Return the intersection of two boxes over their union."""
    across = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    down = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    shared = max(across, 0) * max(down, 0)
    return shared / max(a.width * a.height + b.width * b.height - shared, 1e-6)
