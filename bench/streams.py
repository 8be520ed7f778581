"""A frame of a stream against a frame posted alone, in the engine."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import compress
from pathlib import Path
from statistics import mean
from time import process_time

import cv2
import numpy as np

from bench import models, stream_checks
from bench.table import Row, Table
from faceplatform.conf import CapturePolicy
from faceplatform.engine.base import DecodingEngine
from faceplatform.engine.types import Following, FrameAnalysis, Wants
from faceplatform.sessions.acceptance import MINIMUM_PRESENCE, frame_refusal
from faceplatform.sessions.following import FrameStream
from tests import pictures
from tests.engine_real.sequences import moved
from tests.photographs import photo

_FRAMES = 30
_ROUNDS = 2
_FILM = "faces/video/short_hamilton_clip.mp4"
_FILM_STEP = 3  # of 30 frames a second


def streams(engine: DecodingEngine) -> Table:
    """Measure a made sequence, a film and challenges frame by frame, alone and as a stream.

    Alone and in a stream, the same frame is measured in turn; times are of the processor.
    """
    portrait = pictures.resize(pictures.read(photo("obama.jpg")), 0.5)
    made = [pictures.to_jpeg(pixels) for pixels in moved(portrait, _FRAMES)]
    rows = [
        *_rows(engine, "portrait moved by hand", made, Wants(), target="<= 0.6"),
        # Each gesture needs an embedding, so that nobody else makes it.
        *_rows(engine, "the same, with gestures", made, Wants(gestures=True), target="<= 0.6"),
        *_rows(engine, "the same, all may be matched", made, Wants(), matched=True),
    ]
    film = models.shared_folder().parent / _FILM
    if film.is_file():
        shown, name = _film(film), "film with cuts and groups"
        rows += _rows(engine, name, shown, Wants(), target="<= 0.6")
        rows += _rows(engine, f"{name}, all may be matched", shown, Wants(), matched=True)
    of_challenges, missing = stream_checks.rows(engine)
    skipped = [] if film.is_file() else [f"film: {film} is not there"]
    return Table(
        "A frame of a stream against one alone: decode and analyze, one thread, minimum of "
        f"{_ROUNDS} rounds, mean of all frames",
        rows + of_challenges,
        "; ".join(skipped + missing),
    )


@dataclass(slots=True)
class _Compared:
    """The frames of a sequence, alone and in a stream.

    Attributes:
        before, after: milliseconds of each frame alone and in the stream.
        is_sure: True for each frame that shows one sure face if it is measured alone.
        lost: number of those in which the stream measured no face.
        differing: number of frames that are accepted in one of both ways only.
        followed: number of frames that no detector looked at.
    """

    before: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)
    is_sure: list[bool] = field(default_factory=list)
    lost: int = 0
    differing: int = 0
    followed: int = 0

    def take(self, single: FrameAnalysis, of_stream: FrameAnalysis, policy: CapturePolicy) -> None:
        """Count a frame."""
        is_sure = single.face is not None and single.face.presence >= MINIMUM_PRESENCE
        self.is_sure.append(is_sure)
        self.lost += is_sure and of_stream.face is None
        self.followed += "detection" not in of_stream.stages
        accepted = [frame_refusal(each, policy) is None for each in (single, of_stream)]
        self.differing += accepted[0] != accepted[1]


def _compare(
    engine: DecodingEngine, frames: list[bytes], wants: Wants, *, matched: bool
) -> _Compared:
    policy = CapturePolicy()
    match_from = policy.quality.model_dump() if matched else None
    rounds: list[list[tuple[float, float]]] = []
    for _ in range(_ROUNDS):
        # Each round counts the same.
        compared, stream, times = _Compared(), FrameStream(), []
        for data in frames:
            following = Following(stream.track, match_from, stream.upright_frames)
            start = process_time()
            single = engine.measure(data, wants=wants).analysis
            between = process_time()
            of_stream = engine.measure(data, wants=wants, following=following).analysis
            times.append((between - start, process_time() - between))
            stream.advance(of_stream)
            compared.take(single, of_stream, policy)
        rounds.append(times)
    compared.before, compared.after = _least(rounds, 0), _least(rounds, 1)
    return compared


def _rows(
    engine: DecodingEngine,
    name: str,
    frames: list[bytes],
    wants: Wants,
    *,
    matched: bool = False,
    target: str = "",
) -> list[Row]:
    compared = _compare(engine, frames, wants, matched=matched)
    before, after, is_sure = compared.before, compared.after, compared.is_sure
    note = (
        f"{mean(after):.1f} against {mean(before):.1f} ms; {compared.followed} of {len(frames)} "
        "without detection"
    )
    rows = [
        Row(f"{name}: stream over alone", sum(after) / sum(before), "x", target, note),
        Row(f"{name}: faces lost", compared.lost, "frames", "<= 0"),
    ]
    if matched:
        # Where no frame is to be matched, nothing is decided on.
        rows.append(Row(f"{name}: decisions that differ", compared.differing, "frames", "<= 0"))
    elif not all(is_sure):
        ratio = sum(compress(after, is_sure)) / sum(compress(before, is_sure))
        note = f"{sum(is_sure)} frames"
        rows.append(Row(f"{name}: frames with one sure face", ratio, "x", target, note))
        # There is nobody to follow: no face, several, or none that is sure.
        others = [not each for each in is_sure]
        ratio = sum(compress(after, others)) / sum(compress(before, others))
        rows.append(Row(f"{name}: the other frames", ratio, "x", note=f"{sum(others)} frames"))
    return rows


def _least(rounds: list[list[tuple[float, float]]], way: int) -> list[float]:
    """Return each frame's least time in milliseconds: alone (way 0) or in the stream (1)."""
    return [1000 * min(each[way] for each in times) for times in zip(*rounds, strict=True)]


def _film(path: Path) -> list[bytes]:
    return [pictures.to_jpeg(pixels) for pixels in _pixels_of(path)][::_FILM_STEP]


def _pixels_of(path: Path) -> Iterable[pictures.Pixels]:
    capture = cv2.VideoCapture(str(path))
    while True:
        read, pixels = capture.read()
        if not read:
            return
        yield np.asarray(pixels[:, :, ::-1], dtype=np.uint8)
