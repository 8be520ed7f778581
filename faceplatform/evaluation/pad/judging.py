"""Presentations -> scores of passive liveness, by the engine of the product."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from faceplatform import plain_files
from faceplatform.conf import MAX_IMAGE_BYTES
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
# Reasons without a response. Where the check knows which fault of the frame it was, the reason is
# ``lacks_`` and the fault (`engine.types.LivenessLack`).
NO_FACE, SEVERAL_FACES, CANNOT_TELL = "no_face", "several_faces", "cannot_tell"
# A file that the system does not let be read.
UNREADABLE = "file_unreadable"

_CLIP_SECONDS = 120.0
_CLIP_FRAMES = 7200
_CLIP_SIDE = 4096
_CLIP_PIXELS = _CLIP_SIDE * 2304
_CLIP_MEMORY = 4 * 1024**3
_CLIP_CPU_SECONDS = 20


@dataclass(frozen=True, slots=True)
class FrameOutcome:
    """The check's answer on one frame.

    Attributes:
        score: probability of a bona fide presentation, 0..1; None without a response.
        reason: of the missing response, else None.
        nets: the same probability by net, of those that ran.
    """

    score: float | None
    reason: str | None = None
    nets: Mapping[LivenessMethod, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """A file that could not be used.

    Attributes:
        code: stable; of the image or video error, or ``UNREADABLE``.
    """

    path: Path
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Judged:
    """One presentation with the outcomes of its frames, in order; at least one.

    Attributes:
        faults: its files that could not be used. A frame of each has no response, with its code.
    """

    presentation: Presentation
    frames: tuple[FrameOutcome, ...]
    faults: tuple[Fault, ...] = ()

    @property
    def scores(self) -> list[float]:
        return [frame.score for frame in self.frames if frame.score is not None]

    @property
    def score(self) -> float | None:
        """The fused score of the frames that got a response; None if there was none.

        The second net judges one frame, and what it says holds for all, as in a session.
        """
        fused = fused_score(self.scores)
        second = (frame.nets.get(LivenessMethod.DEEP_TREE) for frame in self.frames)
        return fused and min([fused, *(score for score in second if score is not None)])

    @property
    def reason(self) -> str | None:
        """The most frequent reason of its frames for giving no response; None if there is one."""
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
    """Judge each presentation. One that cannot be used has no response, and loses no other one.

    Args:
        frames: of a sequence at most this many are judged, evenly spread.

    Raises:
        EvaluationError: the weights of the check are not installed.
    """
    if not engine.has_liveness:
        raise EvaluationError(
            "passive liveness is not installed: manage.py models prepare "
            + " ".join(liveness_in_use())
        )
    return [_judge(each, engine, frames) for each in progress(presentations)]


def nets_of(judged: Iterable[Judged]) -> list[str]:
    """Return the nets that judged a frame, in alphabetical order."""
    return sorted({str(net) for each in judged for frame in each.frames for net in frame.nets})


def _judge(presentation: Presentation, engine: Engine, frames: int) -> Judged:
    """Judge the frames of a presentation; the second net until it has judged one, as a session."""
    outcomes: list[FrameOutcome] = []
    faults: list[Fault] = []
    for path, read in _reads(presentation, frames):
        try:
            for image in read():
                is_judged = any(LivenessMethod.DEEP_TREE in each.nets for each in outcomes)
                wants = replace(WANTS, second_liveness=not is_judged)
                outcomes.append(_outcome(engine.measure(image, wants=wants).analysis))
        except ModelMissing as e:
            raise EvaluationError(e.detail) from e
        except (ImageError, VideoError) as e:
            faults.append(Fault(path, e.code, e.detail))
            outcomes.append(FrameOutcome(None, e.code))
        except OSError as e:
            faults.append(Fault(path, UNREADABLE, str(e)))
            outcomes.append(FrameOutcome(None, UNREADABLE))
    return Judged(presentation, tuple(outcomes), tuple(faults))


def _reads(
    presentation: Presentation, frames: int
) -> Iterator[tuple[Path, Callable[[], list[bytes]]]]:
    """Yield each file of a presentation with a function that returns its images."""
    if presentation.medium is Medium.CLIP:
        yield presentation.path, lambda: _frames_of_clip(presentation.path, frames)
        return
    for path in evenly(presentation.images, frames):
        yield path, partial(_image, path)


def _image(path: Path) -> list[bytes]:
    return [plain_files.read(path, most_bytes=MAX_IMAGE_BYTES)]


def _frames_of_clip(path: Path, frames: int) -> list[bytes]:
    bounds = Bounds(
        samples=frames,
        pace=None,
        max_seconds=_CLIP_SECONDS,
        max_frames=_CLIP_FRAMES,
        max_pixels=_CLIP_PIXELS,
        max_side=_CLIP_SIDE,
        max_decoded_pixels=_CLIP_FRAMES * _CLIP_PIXELS,
        memory_bytes=_CLIP_MEMORY,
        cpu_seconds=_CLIP_CPU_SECONDS,
    )
    data = plain_files.read(path, most_bytes=clip.MAX_BYTES)
    return [frame.image for frame in clip.decode(data, bounds).frames]


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
        lack = None if liveness is None else liveness.lack
        return FrameOutcome(None, CANNOT_TELL if lack is None else f"lacks_{lack}")
    return FrameOutcome(liveness.score, nets=liveness.scores)
