"""The face of a frame as the gate judges it: the same for sessions and for `manage.py evaluate`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.stages import quality
from faceplatform.engine.stages.appearance import MOST_ODDNESS, in_view
from faceplatform.engine.stages.detection import Detection
from faceplatform.engine.stages.eyes import NO_EYES, EyeContours, EyeShape
from faceplatform.engine.stages.face_chip import face_chip
from faceplatform.engine.stages.faces import Candidate
from faceplatform.engine.stages.landmarks import head_pose
from faceplatform.engine.types import Face
from faceplatform.matching.embeddings import Embedding


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A face before any recognition net has seen it.

    Attributes:
        face: without embedding, liveness, gestures and patch.
        eyes: those of its quality.
    """

    face: Face
    eyes: EyeShape


def measure_face(
    pixels: NDArray[np.uint8],
    candidate: Candidate,
    detections: Sequence[Detection],
    eyes: EyeContours,
) -> Measured:
    """Measure pose, quality and presence of a face; a drawn or covered one has no presence.

    Args:
        pixels: the RGB frame, (height, width, 3).
        detections: all of the frame, that of the face included.
    """
    box, mesh = candidate.detection.box, candidate.mesh
    chip, pose = face_chip(pixels, mesh), head_pose(mesh)
    # Without a face that the mesh found there are no eyes to look at.
    shape = eyes.measure(pixels, mesh) if candidate.confirmed else NO_EYES
    others = [each.box for each in detections if each is not candidate.detection]
    face = Face(
        box=box,
        presence=candidate.presence if in_view(chip) else 0.0,
        pose=pose,
        quality=quality.measure(pixels, box, chip, pose, eyes=shape, others=others),
    )
    return Measured(face, shape)


def recognized(face: Face, embedding: Embedding, oddness: float | None) -> Face:
    """Return the face with its embedding, and without presence if the recognition net finds it odd.

    Args:
        oddness: see `appearance.MOST_ODDNESS`; None from a net without this output.
    """
    is_odd = oddness is not None and oddness > MOST_ODDNESS
    return replace(face, embedding=embedding, presence=0.0 if is_odd else face.presence)
