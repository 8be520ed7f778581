"""A scripted engine, for tests of everything but the engine: deterministic, no model, no OpenCV."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from faceplatform import errors
from faceplatform.engine.base import DecodingEngine
from faceplatform.engine.types import (
    Box,
    Face,
    Following,
    Frame,
    FrameAnalysis,
    Gestures,
    Liveness,
    LivenessLack,
    LivenessMethod,
    LivenessVerdict,
    Pose,
    Quality,
    Wants,
)
from faceplatform.matching.embeddings import Embedding
from faceplatform.matching.model import RecognitionModel

MODEL = RecognitionModel(name="fake", version="1", alignment="none", dimension=128)

FRONTAL = Pose(yaw=0.0, pitch=0.0, roll=0.0)
GOOD_QUALITY = Quality(
    sharpness=0.95,
    brightness=1.0,
    under_exposure=0.98,
    over_exposure=0.99,
    contrast=0.9,
    size=1.0,
    pose=0.99,
    eyes_uncovered=1.0,
    eyes_open=1.0,
    mouth_closed=1.0,
    inside_frame=1.0,
    single_face=1.0,
    unified=0.93,
    eye_distance=110.0,
)


def judged(score: float, *others: float) -> Liveness:
    """Return the verdict of MiniFASNet's score, and of the Deep Tree Network's, if given."""
    scores = dict(zip(LivenessMethod, (score, *others), strict=False))
    is_live = min(scores.values()) >= 0.5
    verdict = LivenessVerdict.LIVE if is_live else LivenessVerdict.SPOOF
    return Liveness(verdict=verdict, score=min(scores.values()), scores=scores)


def unclear(lack: LivenessLack) -> Liveness:
    """Return the verdict on a face that cannot be judged because of this fault."""
    return Liveness(verdict=LivenessVerdict.UNCLEAR, score=None, lack=lack)


LIVE = judged(0.97)
SPOOF = judged(0.03)
UNCLEAR = unclear(LivenessLack.COLOUR)

# The length of the vector that a sample adds to the unit vector of its person. Two samples of one
# person then have cosine 1 / (1 + 0.12 ** 2) = 0.986 +- 0.003, of two people 0 +- 0.09.
_SAMPLE_SPREAD = 0.12

# A face at rest: lips closed, eyes open, in the middle of the frame.
AT_REST = Gestures(mouth_opening=0.02, eye_opening=0.29, face_size=0.2, centre_x=0.5, centre_y=0.5)

Script = Callable[[Frame, Wants], FrameAnalysis]


def embedding(person: str, sample: int = 1) -> Embedding:
    """Return a unit vector, float32, (128,): equal for equal arguments in every process.

    Samples of one person have cosines of at least 0.96, of different people at most 0.5.
    """
    vector = _direction(person) + _SAMPLE_SPREAD * _direction(f"{person}/{sample}")
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def analysis(  # noqa: PLR0913  (a table of defaults)
    *,
    person: str = "alice",
    sample: int = 1,
    faces: int = 1,
    quality: Quality = GOOD_QUALITY,
    liveness: Liveness | None = LIVE,
    pose: Pose = FRONTAL,
    presence: float = 0.999,
    gestures: Gestures = AT_REST,
    patch: NDArray[np.uint8] | None = None,
) -> FrameAnalysis:
    """Return the analysis of a frame of this person, or of several faces."""
    boxes = tuple(Box(x=40.0 + 200 * i, y=60.0, width=180.0, height=180.0) for i in range(faces))
    face = Face(
        box=boxes[0] if boxes else Box(0, 0, 0, 0),
        presence=presence,
        pose=pose,
        quality=quality,
        embedding=embedding(person, sample),
        liveness=liveness,
        gestures=gestures,
        patch=patch,
    )
    return FrameAnalysis(
        boxes=boxes,
        face=face if faces == 1 else None,
        model=MODEL,
        stages={"detection": 1.0, "landmarks": 1.0, "quality": 1.0},
    )


def always_alice(frame: Frame, wants: Wants) -> FrameAnalysis:
    """Show another sample of Alice in every frame: the default script."""
    return analysis(sample=int(frame.digest[:8] or "0", 16))


def in_order(*analyses: FrameAnalysis) -> Script:
    """Return a script that answers with these analyses, one per frame.

    Raises:
        IndexError: by the script, on the frame after the last.
    """
    remaining = list(analyses)
    return lambda frame, wants: remaining.pop(0)


class FakeEngine(DecodingEngine):
    """Answers by its script, and records its calls in ``calls`` and ``followed``.

    Parts that the caller did not want are removed from the script's answer: a real engine would
    not measure them.
    """

    def __init__(self, script: Script = always_alice, *, has_liveness: bool = True) -> None:
        self._script = script
        self._has_liveness = has_liveness
        self.calls: list[tuple[Frame, Wants]] = []
        self.followed: list[Following | None] = []

    @property
    def model(self) -> RecognitionModel:
        return MODEL

    @property
    def has_liveness(self) -> bool:
        return self._has_liveness

    def analyze(
        self, frame: Frame, *, wants: Wants, following: Following | None = None
    ) -> FrameAnalysis:
        if wants.liveness and not self._has_liveness:
            raise errors.ModelMissing()
        self.calls.append((frame, wants))
        self.followed.append(following)
        answer = self._script(frame, wants)
        if answer.face is None:
            return answer
        face = replace(
            answer.face,
            embedding=answer.face.embedding if wants.embedding else None,
            liveness=answer.face.liveness if wants.liveness else None,
            gestures=answer.face.gestures if wants.gestures else None,
            patch=answer.face.patch if wants.patch else None,
        )
        return replace(answer, face=face)

    def warm_up(self) -> None:
        """Do nothing: there is nothing to load."""


def _direction(seed: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])
    vector = np.random.default_rng(number).standard_normal(MODEL.dimension)
    return vector / np.linalg.norm(vector)
