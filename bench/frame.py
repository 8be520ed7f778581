"""One frame, all stages, one thread: by stage, by size, and beside DeepFace."""

from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import mean, median

import cv2

from bench import models, pictures
from bench.table import Row, Table
from bench.timing import Times, interleaved
from faceplatform.engine.base import DecodingEngine
from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.types import FrameAnalysis, Wants

_STAGES = ("detection", "landmarks", "quality", "recognition", "liveness")


def wanted(engine: DecodingEngine) -> Wants:
    """All stages that can run."""
    return Wants(embedding=True, liveness=engine.has_liveness)


def stages(engine: DecodingEngine) -> Table:
    """Where a frame's time goes, and what a large one costs."""
    rows, totals = [], {}
    for name, size in (
        ("640 x 480", pictures.VGA),
        ("1 MP", pictures.MEGAPIXEL),
        ("12 MP", pictures.TWELVE_MEGAPIXELS),
    ):
        frames = [decode(data) for data in pictures.portraits(size)]
        decoding = interleaved(
            {str(i): _decoder(data) for i, data in enumerate(pictures.portraits(size))},
            rounds=5 if size is pictures.TWELVE_MEGAPIXELS else 15,
        )
        rounds = [[engine.analyze(f, wants=wanted(engine)) for f in frames] for _ in range(16)][1:]
        rows.append(Row(f"{name}: decode", _mean(decoding.values()), "ms"))
        for stage in _STAGES:
            if all(stage in analysis.stages for analysis in rounds[0]):
                rows.append(Row(f"{name}: {stage}", _least(rounds, stage), "ms"))
        totals[name] = sum(row.value for row in rows if row.name.startswith(f"{name}:")) - _mean(
            decoding.values()
        )
        rows.append(Row(f"{name}: all after decoding", totals[name], "ms"))
    ratio = totals["12 MP"] / totals["640 x 480"]
    rows.append(Row("12 MP over 640 x 480, after decoding", ratio, "x", "<= 2"))
    return Table(
        "Stages of a frame, one thread: minimum of 15, mean of three portraits",
        rows,
        _missing(engine),
    )


def _decoder(data: bytes) -> Callable[[], object]:
    return lambda: decode(data)


def _mean(times: Iterable[Times]) -> float:
    """The mean of the minimums."""
    return float(mean(each.least for each in times))


def _least(rounds: list[list[FrameAnalysis]], stage: str) -> float:
    """The least time of a stage for each picture, their mean."""
    by_picture = zip(*rounds, strict=True)
    least = [min(analysis.stages[stage] for analysis in analyses) for analyses in by_picture]
    return float(mean(least))


def _missing(engine: DecodingEngine) -> str:
    if engine.has_liveness:
        return ""
    return "passive liveness, whose weights are not there (see FACEPLATFORM_SHARED_DIR)"


def beside_deepface(engine: DecodingEngine, home: Path) -> Table:
    """Our whole frame against DeepFace's `represent`, which checks no quality and no liveness."""
    has_yunet = models.prepare_deepface(home)
    from deepface import DeepFace

    cv2.setNumThreads(1)

    def ours(data: bytes) -> Callable[[], object]:
        return lambda: engine.analyze(decode(data), wants=wanted(engine))

    def theirs(path: Path, detector: str) -> Callable[[], object]:
        return lambda: DeepFace.represent(
            str(path), model_name="Dlib", detector_backend=detector, enforce_detection=True
        )

    cases = [
        ("dlib", "640 x 480", pictures.VGA, 5, ">= 20"),
        ("dlib", "1 MP", pictures.MEGAPIXEL, 3, ">= 40"),
    ]
    if has_yunet:
        cases.append(("yunet", "640 x 480", pictures.VGA, 12, ">= 5"))
        cases.append(("yunet", "1 MP", pictures.MEGAPIXEL, 8, ""))
    rows = []
    for detector, name, size, rounds, target in cases:
        times = []
        for place, data in enumerate(pictures.portraits(size)):
            path = home / f"frame-{place}.jpg"
            path.write_bytes(data)
            tasks = {"ours": ours(data), "theirs": theirs(path, detector)}
            times.append(interleaved(tasks, rounds=rounds))
        us = sum(each["ours"].least for each in times) / len(times)
        them = sum(each["theirs"].least for each in times) / len(times)
        middle = median(each["theirs"].middle / each["ours"].middle for each in times)
        note = f"{us:.1f} against {them:.0f} ms; by medians {middle:.1f} x"
        rows.append(Row(f"DeepFace Dlib with {detector}, {name}", them / us, "x", target, note))
    return Table(
        "All our stages from JPEG to embedding beside DeepFace's represent, same files, one thread",
        rows,
        "" if has_yunet else f"yunet, whose weights are not in {models.shared_folder()}",
    )
