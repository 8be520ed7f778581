"""Presentations -> scores of passive liveness, by the engine of the product."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from faceplatform.engine.base import Engine
from faceplatform.engine.catalogue.weights import liveness_in_use
from faceplatform.engine.decoding import clip
from faceplatform.engine.decoding.clip_process import Bounds
from faceplatform.engine.types import FrameAnalysis, LivenessMethod, LivenessVerdict, Wants
from faceplatform.errors import ImageError, ModelMissing, VideoError
from faceplatform.evaluation.errors import EvaluationError
from faceplatform.evaluation.pad.presentations import Medium, Presentation
from faceplatform.liveness.fusion import fused_score

T = TypeVar("T")

WANTS = Wants(embedding=False, liveness=True)
NO_FACE, SEVERAL_FACES, CANNOT_TELL = "no_face", "several_faces", "cannot_tell"

_CLIP_SECONDS = 120.0
_CLIP_FRAMES = 7200
_CLIP_PIXELS = 4096 * 2304
_CLIP_MEMORY = 4 * 1024**3
_CLIP_CPU_SECONDS = 20


@dataclass(frozen=True, slots=True)
class FrameOutcome:
    """The check's answer on one frame.

    Attributes:
        score: probability of a bona fide presentation, 0..1; None without a response.
        reason: of the missing response, else None.
    """

    score: float | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """One presentation with the outcomes of its frames, in order; at least one."""

    presentation: Presentation
    frames: tuple[FrameOutcome, ...]

    @property
    def scores(self) -> list[float]:
        return [frame.score for frame in self.frames if frame.score is not None]

    @property
    def score(self) -> float | None:
        """The fused score of the frames that got a response; None if there was none."""
        return fused_score(self.scores)

    @property
    def reason(self) -> str | None:
        """Why there is no response: the most frequent reason of its frames."""
        if self.score is not None:
            return None
        reasons = [frame.reason or CANNOT_TELL for frame in self.frames]
        return max(reasons, key=reasons.count)


def judge_all(
    presentations: Sequence[Presentation],
    engine: Engine,
    *,
    frames: int,
    progress: Callable[[Sequence[Presentation]], Iterable[Presentation]] = iter,
) -> list[Judged]:
    """Judge each presentation.

    Args:
        frames: of a sequence at most this many are judged, evenly spread.

    Raises:
        EvaluationError: a file is unreadable, or the weights of the check are not installed.
    """
    if not engine.has_liveness:
        raise EvaluationError(
            "passive liveness is not installed: manage.py models prepare "
            + " ".join(liveness_in_use())
        )
    return [_judge(each, engine, frames) for each in progress(presentations)]


def _judge(presentation: Presentation, engine: Engine, frames: int) -> Judged:
    try:
        images = _images(presentation, frames)
        outcomes = tuple(_outcome(each) for each in _measured(images, engine))
    except ModelMissing as e:
        raise EvaluationError(e.detail) from e
    except (ImageError, VideoError) as e:
        raise EvaluationError(f"{presentation.path}: {e.code}: {e.detail}") from e
    return Judged(presentation, outcomes)


def _measured(images: Iterable[bytes], engine: Engine) -> Iterator[FrameAnalysis]:
    """Measure frames as a session does: the second net is asked until it has judged one."""
    wants = replace(WANTS, second_liveness=True)
    for image in images:
        analysis = engine.measure(image, wants=wants).analysis
        liveness = analysis.face.liveness if analysis.face else None
        if liveness is not None and LivenessMethod.DEEP_TREE in liveness.scores:
            wants = WANTS
        yield analysis


def _images(presentation: Presentation, frames: int) -> list[bytes]:
    if presentation.medium is not Medium.CLIP:
        return [path.read_bytes() for path in evenly(presentation.images, frames)]
    bounds = Bounds(
        samples=frames,
        pace=None,
        max_seconds=_CLIP_SECONDS,
        max_frames=_CLIP_FRAMES,
        max_pixels=_CLIP_PIXELS,
        memory_bytes=_CLIP_MEMORY,
        cpu_seconds=_CLIP_CPU_SECONDS,
    )
    return [frame.image for frame in clip.decode(presentation.path.read_bytes(), bounds)]


def evenly(items: Sequence[T], most: int) -> list[T]:
    """Return at most so many items, from the middles of equal parts."""
    parts = min(len(items), most)
    return [items[(2 * part + 1) * len(items) // (2 * parts)] for part in range(parts)]


def _outcome(analysis: FrameAnalysis) -> FrameOutcome:
    if not analysis.boxes:
        return FrameOutcome(None, NO_FACE)
    if analysis.face is None:
        return FrameOutcome(None, SEVERAL_FACES)
    liveness = analysis.face.liveness
    # A face that the mesh does not confirm is not judged.
    if liveness is None or liveness.verdict is LivenessVerdict.UNCLEAR:
        return FrameOutcome(None, CANNOT_TELL)
    return FrameOutcome(liveness.score)
