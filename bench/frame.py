"""Time of one frame in one thread: by stage, by size, and against DeepFace."""

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


def all_stages(engine: DecodingEngine) -> Wants:
    """Return the request for all stages that can run."""
    return Wants(embedding=True, liveness=engine.has_liveness)


def stages(engine: DecodingEngine) -> Table:
    """Measure the time of each stage for frames of three sizes."""
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
        wants = all_stages(engine)
        rounds = [[engine.analyze(f, wants=wants) for f in frames] for _ in range(16)][1:]
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
    """Return the mean of the minimums."""
    return float(mean(each.least for each in times))


def _least(rounds: list[list[FrameAnalysis]], stage: str) -> float:
    """Return the least time of a stage for each frame, averaged over frames."""
    by_frame = zip(*rounds, strict=True)
    least = [min(analysis.stages[stage] for analysis in analyses) for analyses in by_frame]
    return float(mean(least))


def _missing(engine: DecodingEngine) -> str:
    if engine.has_liveness:
        return ""
    return "passive liveness: its weights are not installed (see FACEPLATFORM_SHARED_DIR)"


def against_deepface(engine: DecodingEngine, home: Path) -> Table:
    """Compare our whole frame with DeepFace's `represent`, which checks no quality or liveness."""
    has_yunet = models.prepare_deepface(home)
    from deepface import DeepFace

    cv2.setNumThreads(1)

    def ours(data: bytes) -> Callable[[], object]:
        return lambda: engine.analyze(decode(data), wants=all_stages(engine))

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
        "All our stages, JPEG to embedding, against DeepFace's represent, same files, one thread",
        rows,
        "" if has_yunet else f"yunet: its weights are not in {models.shared_folder()}",
    )
