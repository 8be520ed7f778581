"""Acceptance by the default policy, and matches of the accepted."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from faceplatform.conf import CapturePolicy
from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.types import Frame, FrameAnalysis, Pose, Wants
from faceplatform.matching.calibration import load_calibration
from faceplatform.sessions.acceptance import frame_refusal
from faceplatform.sessions.reasons import Reason

Pixels = NDArray[np.uint8]

FMR = 1e-3
_DRAWS = 300
_ACCEPTED = "accepted"
_EMBEDDING = Wants()


@dataclass(slots=True)
class Passed:
    """The frames of one kind: reasons of the refused, embeddings of the accepted.

    Attributes:
        people: of each embedding, by name.
        sources: of each embedding, the photograph that the frame was made from.
        poses: of each embedding.
    """

    reasons: Counter[str] = field(default_factory=Counter)
    embeddings: list[NDArray[np.float32]] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    poses: list[Pose] = field(default_factory=list)

    @property
    def shown(self) -> int:
        return self.reasons.total()

    @property
    def accepted(self) -> int:
        return self.reasons[_ACCEPTED]

    def told(self, *, most: int = 9) -> str:
        """Return the commonest reasons of refusals, as text."""
        refused = [(name, n) for name, n in self.reasons.most_common() if name != _ACCEPTED]
        return ", ".join(f"{name} {n}" for name, n in refused[:most])


@dataclass(frozen=True, slots=True)
class Source:
    """A photograph and the person in it."""

    person: str
    name: str


class Gate:
    """The engine and the default policy."""

    def __init__(self) -> None:
        self._engine, self._policy = LocalEngine(lanes=1), CapturePolicy()
        calibration = load_calibration(settings.FACEPLATFORM_CALIBRATION_DIR, self._engine.model)
        self.model = self._engine.model.name
        self.threshold = calibration.threshold(FMR, template_frames=1, probe_frames=1)

    def show(self, pixels: Pixels, source: Source, into: Passed) -> None:
        """Measure a frame and add its outcome to ``into``."""
        analysis, refusal = self.judge(pixels)
        into.reasons[refusal or _ACCEPTED] += 1
        if refusal is None and analysis.face is not None and analysis.face.embedding is not None:
            into.embeddings.append(analysis.face.embedding)
            into.people.append(source.person)
            into.sources.append(source.name)
            into.poses.append(analysis.face.pose)

    def judge(
        self, pixels: Pixels, wants: Wants = _EMBEDDING
    ) -> tuple[FrameAnalysis, Reason | None]:
        """Return the measurement of a frame, and the reason to refuse it, or None."""
        frame = Frame(pixels=pixels, digest="", fingerprint=b"")
        analysis = self._engine.analyze(frame, wants=wants)
        return analysis, frame_refusal(analysis, self._policy)


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of comparisons that match, with its 95 % interval by resampling people."""

    matches: int
    comparisons: int
    low: float
    high: float

    def __str__(self) -> str:
        if not self.comparisons:
            return "nothing to compare"
        share = self.matches / self.comparisons
        return (
            f"{100 * share:.3f} % of {self.comparisons:,} "
            f"(95 %: {100 * self.low:.3f}-{100 * self.high:.3f})"
        )


def strangers(
    a: Passed, b: Passed, threshold: float, *, group_of: Mapping[str, str] | None = None
) -> Rate:
    """Return the rate over comparisons of different people, one from each side.

    Args:
        group_of: of each person; only people of one group are compared. None for all.
    """
    return _rate(a, b, threshold, same=False, group_of=group_of or {})


def same_person(a: Passed, b: Passed, threshold: float) -> Rate:
    """Return the rate over comparisons of each person, never of a photograph with itself."""
    return _rate(a, b, threshold, same=True, group_of={})


def _rate(
    a: Passed, b: Passed, threshold: float, *, same: bool, group_of: Mapping[str, str]
) -> Rate:
    names, number = np.unique([*a.people, *b.people], return_inverse=True)
    left, right = number[: len(a.people)], number[len(a.people) :]
    groups = np.array([group_of.get(person, "") for person in b.people])
    if not len(left) or not len(right):
        return Rate(0, 0, 0.0, 1.0)
    matches, compared = (np.zeros((len(names), len(names))) for _ in range(2))
    others, sources = np.stack(b.embeddings), np.array(b.sources)
    for place, (person, embedding) in enumerate(zip(left, a.embeddings, strict=True)):
        counts = (right == person) & (sources != a.sources[place]) if same else right != person
        counts &= groups == group_of.get(a.people[place], "")
        if a is b:
            counts &= np.arange(len(right)) > place
        np.add.at(compared[person], right[counts], 1)
        np.add.at(matches[person], right[counts & (others @ embedding >= threshold)], 1)
    return Rate(int(matches.sum()), int(compared.sum()), *_interval(matches, compared))


def _interval(matches: NDArray[np.float64], compared: NDArray[np.float64]) -> tuple[float, float]:
    """Return the 95 % interval: a bootstrap over people, or the rule of three if none match."""
    people = np.flatnonzero(compared.sum(axis=0) + compared.sum(axis=1))
    if not len(people):
        return 0.0, 1.0
    if not matches.any():
        return 0.0, float(1 - 0.05 ** (1 / len(people)))
    generator, rates = np.random.default_rng(0), []
    for _ in range(_DRAWS):
        drawn = np.bincount(generator.choice(people, len(people)), minlength=len(matches))
        pairs = np.outer(drawn, drawn)
        np.fill_diagonal(pairs, drawn)
        if total := float((compared * pairs).sum()):
            rates.append(float((matches * pairs).sum()) / total)
    low, high = np.percentile(rates, (2.5, 97.5))
    return float(low), float(high)


def photographs(folder: Path, people: int, each: int) -> Iterator[tuple[Source, Pixels]]:
    """Yield photographs from a folder per person, people evenly spaced; 0 means all."""
    folders = sorted(path for path in folder.iterdir() if path.is_dir())
    step = max(1, len(folders) // people) if people else 1
    for place in folders[::step][: people or None]:
        for path in sorted(place.glob("*.jpg"))[: each or None]:
            yield Source(place.name, path.name), decode(path.read_bytes()).pixels


def turned(pixels: Pixels, degrees: float) -> Pixels:
    """Return the frame turned clockwise on a larger canvas with black corners."""
    if degrees % 90 == 0:
        return np.ascontiguousarray(np.rot90(pixels, k=-int(degrees // 90)))
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2 - 0.5, height / 2 - 0.5), -degrees, 1)
    c, s = np.abs(matrix[0, :2])
    size = (int(height * s + width * c), int(height * c + width * s))
    matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    return np.asarray(cv2.warpAffine(pixels, matrix, size), dtype=np.uint8)


def together(parts: Iterable[Passed]) -> Passed:
    """Merge several kinds into one."""
    whole = Passed()
    for part in parts:
        whole.reasons.update(part.reasons)
        whole.embeddings += part.embeddings
        whole.people += part.people
        whole.sources += part.sources
        whole.poses += part.poses
    return whole
