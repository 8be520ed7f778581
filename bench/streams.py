"""A frame of a stream against a frame posted alone, in the engine."""

from collections.abc import Iterable
from itertools import compress
from pathlib import Path
from statistics import mean
from time import process_time

import cv2
import numpy as np

from bench import models
from bench.table import Row, Table
from bench.timing import Times
from faceplatform.conf import QualityLimits
from faceplatform.engine.base import DecodingEngine
from faceplatform.engine.types import Following, FrameAnalysis, Wants
from tests import pictures
from tests.engine_real.sequences import moved
from tests.photographs import photo

_FRAMES = 30
_ROUNDS = 2
_FILM = "faces/video/short_hamilton_clip.mp4"
_FILM_STEP = 3  # of 30 frames a second
_SURE = 0.99


def streams(engine: DecodingEngine) -> Table:
    """Measure a made sequence and a film frame by frame, alone and as a stream.

    Alone and in a stream, the same frame is measured in turn; times are of the processor.
    """
    portrait = pictures.resize(pictures.read(photo("obama.jpg")), 0.5)
    made = [pictures.to_jpeg(pixels) for pixels in moved(portrait, _FRAMES)]
    rows = [
        *_compared(engine, "portrait moved by hand", made, Wants(), target="<= 0.6"),
        # Each gesture needs the embedding, so that nobody else makes it: the dearest stage stays.
        *_compared(engine, "the same, with gestures", made, Wants(gestures=True)),
        *_compared(engine, "the same, all may be matched", made, Wants(), matched=True),
    ]
    film = models.shared_folder().parent / _FILM
    if film.is_file():
        rows += _compared(engine, "film with cuts and groups", _film(film), Wants())
    return Table(
        "A frame of a stream against one alone: decode and analyze, one thread, minimum of "
        f"{_ROUNDS} rounds, mean of all frames",
        rows,
        "" if film.is_file() else f"film: {film} is not there",
    )


def _compared(
    engine: DecodingEngine,
    name: str,
    frames: list[bytes],
    wants: Wants,
    *,
    matched: bool = False,
    target: str = "",
) -> list[Row]:
    limits = QualityLimits().model_dump() if matched else None
    alone: list[list[float]] = []
    streamed: list[list[float]] = []
    lost = followed = 0
    sure: list[bool] = []
    for turn in range(_ROUNDS):
        track = None
        times: list[tuple[float, float]] = []
        for data in frames:
            start = process_time()
            single = engine.measure(data, wants=wants).analysis
            between = process_time()
            of_stream = engine.measure(
                data, wants=wants, following=Following(track, limits)
            ).analysis
            times.append((between - start, process_time() - between))
            track = of_stream.track
            if turn == 0:
                sure.append(_has_sure_face(single))
                lost += sure[-1] and of_stream.face is None
                followed += "detection" not in of_stream.stages
        alone.append([1000 * each for each, _ in times])
        streamed.append([1000 * each for _, each in times])
    before, after = _least(alone), _least(streamed)
    note = (
        f"{mean(after):.1f} against {mean(before):.1f} ms; {followed} of {len(frames)} "
        "without detection"
    )
    rows = [
        Row(f"{name}: stream over alone", sum(after) / sum(before), "x", target, note),
        Row(f"{name}: faces lost", lost, "frames", "<= 0"),
    ]
    if not all(sure):
        # Of the others there is nobody to follow: no face, several, or none that is sure.
        ratio = sum(compress(after, sure)) / sum(compress(before, sure))
        rows.append(
            Row(f"{name}: frames with one sure face", ratio, "x", "<= 0.6", f"{sum(sure)} frames")
        )
    return rows


def _has_sure_face(analysis: FrameAnalysis) -> bool:
    return analysis.face is not None and analysis.face.presence >= _SURE


def _least(rounds: list[list[float]]) -> list[float]:
    """Return each frame's least time."""
    return [Times(list(times)).least for times in zip(*rounds, strict=True)]


def _film(path: Path) -> list[bytes]:
    return [pictures.to_jpeg(pixels) for pixels in _pixels_of(path)][::_FILM_STEP]


def _pixels_of(path: Path) -> Iterable[pictures.Pixels]:
    capture = cv2.VideoCapture(str(path))
    while True:
        read, pixels = capture.read()
        if not read:
            return
        yield np.asarray(pixels[:, :, ::-1], dtype=np.uint8)
