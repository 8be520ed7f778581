"""From images to embeddings, by the stages of the product."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from faceplatform import plain_files
from faceplatform.conf import MAX_IMAGE_BYTES, CapturePolicy
from faceplatform.engine.catalogue import layouts
from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.stages import quality
from faceplatform.engine.stages.detection import Detection, build_detector
from faceplatform.engine.stages.eyes import EyeContours
from faceplatform.engine.stages.face_chip import face_chip
from faceplatform.engine.stages.faces import Candidate, relevant_faces
from faceplatform.engine.stages.landmarks import FaceMesh, five_points, head_pose
from faceplatform.engine.stages.measuring import measure_face, recognized
from faceplatform.engine.stages.recognition import Recognizer
from faceplatform.engine.types import Box, Face, FrameAnalysis, Quality
from faceplatform.errors import ImageError
from faceplatform.evaluation.errors import EvaluationError
from faceplatform.matching.embeddings import Embedding
from faceplatform.matching.model import RecognitionModel
from faceplatform.sessions.acceptance import frame_refusal

Pixels = NDArray[np.uint8]

# Half of the mesh's region of interest would lie outside of an aligned chip, where the mesh expects
# more of the head: the edge pixels are repeated this far.
_CHIP_BORDER = 40

# Liveness is no question of photographs.
_POLICY = CapturePolicy(liveness="off")
# Of an analysis that is made for the gate alone.
_NO_MODEL = RecognitionModel(name="none", version="", alignment="", dimension=0)

# The reason of an image whose file cannot be read.
UNREADABLE = "file_unreadable"


class NotAcquired(Exception):
    """An image yields no embedding. The message is the reason; failures are counted by it."""


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """The only face of an image.

    Attributes:
        points: the five of its alignment.
        face: as the gate measures it; None for a face that no gate judges.
        policy: the one that the gate judges it by.
    """

    pixels: Pixels
    candidate: Candidate
    points: NDArray[np.float32]
    face: Face | None = None
    policy: CapturePolicy = _POLICY


Locate = Callable[[Pixels], Located]
Judge = Callable[[Located], Quality]


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """The embeddings of all images that yielded one.

    Attributes:
        embeddings: by recognizer, each float32, (samples, dimension), rows L2-normalised.
        people: int64, (samples,), renumbered without people who have no sample.
        row_of: int64, (images,): the sample of each image, -1 for none.
        reasons: the failure of each image, None where there is none.
        qualities: of each sample; empty if not wanted.
    """

    embeddings: tuple[NDArray[np.float32], ...]
    people: NDArray[np.int64]
    row_of: NDArray[np.int64]
    reasons: tuple[str | None, ...]
    qualities: tuple[Quality, ...] = ()

    @property
    def failures(self) -> Counter[str]:
        """The number of images that failed, by reason."""
        return Counter(reason for reason in self.reasons if reason is not None)


def build_photograph_locator(policy: CapturePolicy = _POLICY) -> Locate:
    """Return a function that finds the face as the engine does, for the policy's gate to judge.

    A photograph without a face or with several is not acquired. Without thresholds no small face is
    known as a copy of a large one: it counts as another.
    """
    detector, face_mesh = build_detector(settings.FACEPLATFORM_DETECTOR), FaceMesh()
    eyes = EyeContours()

    def locate(pixels: Pixels) -> Located:
        detections = detector.detect(pixels)
        faces = relevant_faces(pixels, detections, face_mesh)
        if len(faces) != 1:
            boxes = tuple(each.detection.box for each in faces)
            _require_accepted(FrameAnalysis(boxes=boxes, face=None, model=_NO_MODEL), policy)
        (only,) = faces
        face = measure_face(pixels, only, detections, eyes).face
        return Located(pixels, only, five_points(only.mesh), face, policy)

    return locate


def build_gate(locate: Locate, recognizers: Sequence[Recognizer]) -> Locate:
    """Return the locator with the gate behind it, for faces that need no embedding."""

    def locate_accepted(pixels: Pixels) -> Located:
        face = locate(pixels)
        embed(face, recognizers)
        return face

    return locate_accepted


def embed(located: Located, recognizers: Sequence[Recognizer]) -> list[Embedding]:
    """Return the embeddings of a face by each recognizer.

    Raises:
        NotAcquired: the policy refuses the face, as in a session; a face that any of the
            recognizers finds odd is refused (`appearance.MOST_ODDNESS`).
    """
    is_there, face = located.candidate.confirmed, located.face
    seen = [r.recognize(located.pixels, located.points) for r in recognizers if is_there]
    if face is not None:
        for embedding, oddness in seen:
            face = recognized(face, embedding, oddness)
        analysis = FrameAnalysis(boxes=(face.box,), face=face, model=_NO_MODEL)
        _require_accepted(analysis, located.policy)
    if not is_there:
        raise NotAcquired("no_face")
    return [embedding for embedding, _ in seen]


def _require_accepted(analysis: FrameAnalysis, policy: CapturePolicy) -> None:
    """Raise NotAcquired if the policy refuses the frame; the reason is the product's."""
    if refusal := frame_refusal(analysis, policy):
        raise NotAcquired(refusal.value)


def build_mesh_locator() -> Locate:
    """Return a function for aligned chips, which are too tight for any detector.

    The known eyes replace a detection. Everything else is as in the product: two passes of the
    mesh, its five points, its alignment. So the results hold for the product. The points of the
    chip are not used for alignment.
    """
    face_mesh = FaceMesh()
    eyes = layouts.ARCFACE.points[:2] + 0.5
    keypoints = np.zeros((6, 2), dtype=np.float32)
    keypoints[:2] = eyes + _CHIP_BORDER
    # A box of BlazeFace is about twice as wide as the distance of the eyes, centred on the nose.
    box = Box(20 + _CHIP_BORDER, 34 + _CHIP_BORDER, 73, 73)
    detection = Detection(box=box, keypoints=keypoints)

    def locate(pixels: Pixels) -> Located:
        _require_chip(pixels)
        padded = _padded(pixels)
        candidate = Candidate(detection, face_mesh.measure(padded, detection))
        return Located(padded, candidate, five_points(candidate.mesh))

    return locate


def build_given_locator() -> Locate:
    """Return a function for aligned chips that keeps their alignment.

    It allows comparing a net with published figures, which are made this way. Its results give no
    thresholds for the product, which aligns by the mesh.
    """
    by_mesh = build_mesh_locator()
    points = (layouts.ARCFACE.points + 0.5 + _CHIP_BORDER).astype(np.float32)

    def locate(pixels: Pixels) -> Located:
        return Located(_padded(pixels), by_mesh(pixels).candidate, points)

    return locate


def build_quality_judge() -> Judge:
    """Return a function that measures the quality of a face as the engine does."""
    eyes = EyeContours()

    def judge(face: Located) -> Quality:
        box, mesh = face.candidate.detection.box, face.candidate.mesh
        shape = eyes.measure(face.pixels, mesh)
        chip, pose = face_chip(face.pixels, mesh), head_pose(mesh)
        return quality.measure(face.pixels, box, chip, pose, eyes=shape)

    return judge


def acquire(
    images: Sequence[Path],
    people: NDArray[np.int64],
    locate: Locate,
    recognizers: Sequence[Recognizer],
    *,
    judge: Judge | None = None,
    progress: Callable[[Sequence[Path]], Iterable[Path]] = iter,
    on_unreadable: Callable[[OSError], object] | None = None,
) -> Samples:
    """Embed each image once.

    Args:
        people: int64, (images,).
        recognizers: one or more; each embeds the same faces.
        judge: measures the quality of each face; None if not wanted.
        progress: wraps the iteration, for example in a progress bar.
        on_unreadable: takes the error of a file that cannot be read, which then counts as
            UNREADABLE; None to stop at it.

    Raises:
        OSError: a file cannot be read.
        EvaluationError: fewer than two people are left, or an image is not of the aligned size.
    """
    embeddings: list[list[NDArray[np.float32]]] = [[] for _ in recognizers]
    measured: list[Quality] = []
    reasons: list[str | None] = []
    row_of = np.full(len(images), -1, dtype=np.int64)
    for index, path in enumerate(progress(images)):
        try:
            face = locate(_pixels(path, on_unreadable))
            embedded = embed(face, recognizers)
        except NotAcquired as e:
            reasons.append(str(e))
        else:
            reasons.append(None)
            row_of[index] = len(embeddings[0])
            for rows, embedding in zip(embeddings, embedded, strict=True):
                rows.append(embedding)
            if judge is not None:
                measured.append(judge(face))
    kept = people[row_of >= 0]
    if len(set(kept)) < 2:
        counts = Counter(filter(None, reasons)).most_common()
        told = ", ".join(f"{reason} {count}" for reason, count in counts) or "no image failed"
        raise EvaluationError(f"faces of fewer than two people were acquired: {told}")
    return Samples(
        embeddings=tuple(np.stack(rows) for rows in embeddings),
        people=np.unique(kept, return_inverse=True)[1].astype(np.int64),
        row_of=row_of,
        reasons=tuple(reasons),
        qualities=tuple(measured),
    )


def _pixels(path: Path, on_unreadable: Callable[[OSError], object] | None) -> Pixels:
    try:
        data = plain_files.read(path, most_bytes=MAX_IMAGE_BYTES)
    except OSError as e:
        if on_unreadable is None:
            raise
        on_unreadable(e)
        raise NotAcquired(UNREADABLE) from e
    try:
        return decode(data).pixels
    except ImageError as e:
        raise NotAcquired(e.code) from e


def _require_chip(pixels: Pixels) -> None:
    width, height = layouts.ARCFACE.size
    if pixels.shape[:2] != (height, width):
        raise EvaluationError(
            f"an aligned image is {width}x{height}, not {pixels.shape[1]}x{pixels.shape[0]}"
        )


def _padded(pixels: Pixels) -> Pixels:
    borders = (_CHIP_BORDER,) * 4
    return np.asarray(cv2.copyMakeBorder(pixels, *borders, cv2.BORDER_REPLICATE), dtype=np.uint8)
