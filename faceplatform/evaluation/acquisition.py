"""From pictures to embeddings, by the stages that the product itself takes."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from faceplatform.engine.catalogue import layouts
from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.stages import quality
from faceplatform.engine.stages.detection import Detection, build_detector
from faceplatform.engine.stages.eyes import EyeContours
from faceplatform.engine.stages.face_chip import face_chip
from faceplatform.engine.stages.faces import Candidate, relevant_faces
from faceplatform.engine.stages.landmarks import FaceMesh, five_points, head_pose
from faceplatform.engine.stages.recognition import Recognizer
from faceplatform.engine.types import Box, Quality
from faceplatform.errors import ImageError
from faceplatform.evaluation.errors import EvaluationError

Pixels = NDArray[np.uint8]

# Half of the mesh's region of interest would lie beyond the edges of an aligned chip, where it
# expects more of the head: the outermost pixels are repeated so far.
_CHIP_BORDER = 40


class NotAcquired(Exception):
    """A picture gives no embedding; the message is the reason, by which failures are counted."""


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """The one face of a picture: its mesh, and the five points it is aligned by."""

    pixels: Pixels
    candidate: Candidate
    points: NDArray[np.float32]


Locate = Callable[[Pixels], Located]
Judge = Callable[[Located], Quality]


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """The embeddings of the pictures that gave one.

    Attributes:
        embeddings: by recogniser, each float32, (samples, dimension), rows L2-normalised.
        people: int64, (samples,), numbered anew without those who have no sample.
        row_of: int64, (pictures,): the sample of each picture, -1 where there is none.
        failures: how many pictures failed, by reason.
        qualities: of each sample; empty when not asked for.
    """

    embeddings: tuple[NDArray[np.float32], ...]
    people: NDArray[np.int64]
    row_of: NDArray[np.int64]
    failures: Counter[str]
    qualities: tuple[Quality, ...] = ()


def photographs() -> Locate:
    """Find the face as `local.LocalEngine` does: detector, mesh, the faces that count.

    No quality is demanded: which frames a policy would refuse is the policy's.
    """
    detector, face_mesh = build_detector(settings.FACEPLATFORM_DETECTOR), FaceMesh()

    def locate(pixels: Pixels) -> Located:
        faces = relevant_faces(pixels, detector.detect(pixels), face_mesh)
        if len(faces) > 1:
            raise NotAcquired("several_faces")
        return _confirmed(pixels, faces)

    return locate


def aligned_by_mesh() -> Locate:
    """For chips that are cropped and aligned already, too tight for any detector.

    What stands for the detection are the eyes, which are known; from there on all is as in the
    product: two passes of the mesh, its five points, its alignment. So what is measured here holds
    for the product. The chip's own points are not used for alignment.
    """
    face_mesh = FaceMesh()
    eyes = layouts.ARCFACE.points[:2] + 0.5
    keypoints = np.zeros((6, 2), dtype=np.float32)
    keypoints[:2] = eyes + _CHIP_BORDER
    # BlazeFace's boxes are about twice as wide as the eyes are apart, their centre at the nose.
    box = Box(20 + _CHIP_BORDER, 34 + _CHIP_BORDER, 73, 73)
    detection = Detection(box=box, keypoints=keypoints)

    def locate(pixels: Pixels) -> Located:
        _demand_chip(pixels)
        padded = _padded(pixels)
        return _confirmed(padded, [Candidate(detection, face_mesh.measure(padded, detection))])

    return locate


def aligned_as_given() -> Locate:
    """For aligned chips, resampled by the points they were aligned to; no mesh decides.

    To compare a net with published figures, which are made so. No threshold of the product
    follows from it: the product aligns by the mesh.
    """
    by_mesh = aligned_by_mesh()
    points = (layouts.ARCFACE.points + 0.5 + _CHIP_BORDER).astype(np.float32)

    def locate(pixels: Pixels) -> Located:
        return Located(_padded(pixels), by_mesh(pixels).candidate, points)

    return locate


def quality_judge() -> Judge:
    """What measures the quality of a face, as the engine does."""
    eyes = EyeContours()

    def judge(face: Located) -> Quality:
        box, mesh = face.candidate.detection.box, face.candidate.mesh
        opening = eyes.opening(face.pixels, mesh)
        chip, pose = face_chip(face.pixels, mesh), head_pose(mesh)
        return quality.measure(face.pixels, box, mesh, pose, chip=chip, eye_opening=opening)

    return judge


def acquire(
    pictures: Sequence[Path],
    people: NDArray[np.int64],
    locate: Locate,
    recognizers: Sequence[Recognizer],
    *,
    judge: Judge | None = None,
    progress: Callable[[Sequence[Path]], Iterable[Path]] = iter,
) -> Samples:
    """Embed each picture once.

    Args:
        people: int64, (pictures,).
        recognizers: one or more, to embed the same faces with each.
        judge: measures the quality of each face, if it is wanted.
        progress: what to iterate through, such as a progress bar.

    Raises:
        EvaluationError: fewer than two people are left, or a picture is not of the aligned size.
    """
    embeddings: list[list[NDArray[np.float32]]] = [[] for _ in recognizers]
    measured: list[Quality] = []
    failures: Counter[str] = Counter()
    row_of = np.full(len(pictures), -1, dtype=np.int64)
    for index, path in enumerate(progress(pictures)):
        try:
            face = locate(_pixels(path))
        except NotAcquired as e:
            failures[str(e)] += 1
        else:
            row_of[index] = len(embeddings[0])
            for recognizer, rows in zip(recognizers, embeddings, strict=True):
                rows.append(recognizer.embed(face.pixels, face.points))
            if judge is not None:
                measured.append(judge(face))
    kept = people[row_of >= 0]
    if len(set(kept)) < 2:
        raise EvaluationError(f"faces of fewer than two people were acquired: {dict(failures)}")
    return Samples(
        embeddings=tuple(np.stack(rows) for rows in embeddings),
        people=np.unique(kept, return_inverse=True)[1].astype(np.int64),
        row_of=row_of,
        failures=failures,
        qualities=tuple(measured),
    )


def _pixels(path: Path) -> Pixels:
    try:
        return decode(path.read_bytes()).pixels
    except ImageError as e:
        raise NotAcquired(e.code) from e
    except OSError as e:
        raise EvaluationError(f"{path} cannot be read: {e}") from e


def _confirmed(pixels: Pixels, faces: list[Candidate]) -> Located:
    if not faces or not faces[0].confirmed:
        raise NotAcquired("no_face")
    return Located(pixels, faces[0], five_points(faces[0].mesh))


def _demand_chip(pixels: Pixels) -> None:
    width, height = layouts.ARCFACE.size
    if pixels.shape[:2] != (height, width):
        raise EvaluationError(
            f"an aligned picture is {width}x{height}, not {pixels.shape[1]}x{pixels.shape[0]}"
        )


def _padded(pixels: Pixels) -> Pixels:
    borders = (_CHIP_BORDER,) * 4
    return np.asarray(cv2.copyMakeBorder(pixels, *borders, cv2.BORDER_REPLICATE), dtype=np.uint8)
