"""From detections to the faces that count."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import degrees

import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.stages.detection import Detection
from faceplatform.engine.stages.landmarks import (
    FaceMesh,
    Mesh,
    angle,
    feature_scale,
    five_points,
    roll,
)

# A face narrower than this share of the widest one is a bystander: if the eyes in front are 90 px
# apart, theirs are less than 30 px apart, too few to recognise.
BYSTANDER_SHARE = 1 / 3

# A face up to this share of the widest one may be a copy of it: the ghost portrait on an identity
# card, a card held up by its owner, a mirror image. Ghosts are about a third as wide as the
# portrait; boxes of small pale faces vary by a quarter.
COPY_SHARE = 1 / 2

# Below this presence the mesh net sees no face where the detector claims one. Twelve portraits have
# more than 0.99; the false detections seen so far 0.00 to 0.01, and 0.43 in a dark frame of a film
# with a face of 12 px between the eyes.
CONFIRMED_PRESENCE = 0.5

# A crowd is refused whatever its size; confirming more of its faces would only cost time.
MOST_FACES = 5

# Two meshes whose centres are closer than this share of the wider box are of one face.
_SAME_FACE_SHARE = 0.5

# How far the detector's eyes may lie from the mesh's, in units of the face (`feature_scale`), for
# both to mean the same face. Of 3,539 upright photographs of LFW 3,536 have at most 0.29; the
# other three have more than 0.9: there the mesh slid to the neighboring face.
_EYES_APART = 0.45
# The most width over height of a face's outline. Of 1,369 accepted upright photographs of LFW the
# widest has 0.976. Of 175 stretched in width by 1.78 (4:3 shown as 16:9, and more) 94 % are above
# the limit, of those stretched by 1.5 two thirds. Stretched strangers look alike to the recognition
# models.
_MOST_WIDTH = 1.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 234, 454, 10, 152
# Degrees. Beyond it detectors still find a face, but their eye positions are unreliable.
_MOST_ROLL = 60.0


@dataclass(frozen=True, eq=False)
class Candidate:
    """A detection and the mesh found there."""

    detection: Detection
    mesh: Mesh

    @cached_property
    def presence(self) -> float:
        """The confidence that there is a face where the detector says, 0..1.

        Detector and mesh must agree: 0 if the mesh lies on something else, or if the frame shows
        the face stretched.
        """
        return self.mesh.presence if self._agree() and not self._stretched() else 0.0

    @property
    def confirmed(self) -> bool:
        return self.presence >= CONFIRMED_PRESENCE

    def _agree(self) -> bool:
        mesh, detection = self.mesh, self.detection
        # Guessed eyes prove nothing, nor do a detector's eyes in a turned face.
        if detection.eyes_guessed or self._turned():
            return True
        off = detection.keypoints[:2] - five_points(mesh)[:2]
        apart = float(np.hypot(off[:, 0], off[:, 1]).mean())
        return apart <= _EYES_APART * feature_scale(mesh)

    def _stretched(self) -> bool:
        flat = self.mesh.points[:, :2]
        width, height = flat[_RIGHT] - flat[_LEFT], flat[_BOTTOM] - flat[_TOP]
        return float(np.hypot(*width)) > _MOST_WIDTH * float(np.hypot(*height))

    def _turned(self) -> bool:
        """Return True for a face on its side, upside down or not turned as the detector says."""
        stands = roll(self.mesh)
        said = degrees(angle(self.detection.keypoints[0], self.detection.keypoints[1]))
        return max(abs(stands), abs((stands - said + 180) % 360 - 180)) > _MOST_ROLL


def relevant_faces(
    pixels: NDArray[np.uint8], detections: list[Detection], face_mesh: FaceMesh
) -> list[Candidate]:
    """Return the faces that count, in any orientation; see `those_that_count`.

    Args:
        pixels: the RGB frame (height, width, 3).
        detections: widest first; of a crowd, the five widest are looked at.
    """
    upright = upright_candidates(pixels, detections, face_mesh)
    return those_that_count(seen_from_all_sides(pixels, upright, face_mesh))


def upright_candidates(
    pixels: NDArray[np.uint8], detections: list[Detection], face_mesh: FaceMesh
) -> list[Candidate]:
    """Return a candidate for each of the widest detections, taken to stand as the detector says."""
    return [
        Candidate(detection, face_mesh.measure_upright(pixels, detection))
        for detection in detections[:MOST_FACES]
    ]


def seen_from_all_sides(
    pixels: NDArray[np.uint8], upright: list[Candidate], face_mesh: FaceMesh
) -> list[Candidate]:
    """Return the candidates, each in the orientation in which the mesh is surest of it.

    A candidate that is surest as it is given is returned itself.
    """
    meshes = [face_mesh.surest(pixels, each.detection, each.mesh) for each in upright]
    return [
        each if mesh is each.mesh else Candidate(each.detection, mesh)
        for each, mesh in zip(upright, meshes, strict=True)
    ]


def those_that_count(candidates: list[Candidate]) -> list[Candidate]:
    """Return the faces that count, widest first.

    A single candidate is returned as it is, confirmed or not. Of several, return those that the
    mesh confirms, each once, without bystanders; if it confirms none, return the widest.

    Args:
        candidates: widest first.
    """
    distinct: list[Candidate] = []
    for candidate in candidates:
        if candidate.confirmed and not any(_same_face(candidate, other) for other in distinct):
            distinct.append(candidate)
    if not distinct:
        return candidates[:1]
    narrowest = distinct[0].detection.box.width * BYSTANDER_SHARE
    return [candidate for candidate in distinct if candidate.detection.box.width >= narrowest]


def without_copies(
    faces: list[Candidate], is_same_person: Callable[[Candidate, Candidate], bool]
) -> list[Candidate]:
    """Return the widest face, then all others except its own much smaller copies.

    Args:
        faces: widest first.
        is_same_person: called with the widest face and each one that is small enough to be a copy.
    """
    if len(faces) < 2:
        return faces
    widest, *others = faces
    most = widest.detection.box.width * COPY_SHARE
    return [
        widest,
        *(o for o in others if o.detection.box.width > most or not is_same_person(widest, o)),
    ]


def _same_face(a: Candidate, b: Candidate) -> bool:
    """Return True for two detections of one face.

    Small faces are sometimes detected twice, one above the other; both meshes settle on one place.
    """
    apart = np.linalg.norm(a.mesh.points[:, :2].mean(axis=0) - b.mesh.points[:, :2].mean(axis=0))
    widest = max(a.detection.box.width, b.detection.box.width)
    return bool(apart < _SAME_FACE_SHARE * widest)
