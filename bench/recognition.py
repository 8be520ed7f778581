"""Processor time of each recognition model of ours, in one thread."""

from collections.abc import Callable, Mapping
from time import thread_time

import numpy as np

from bench import models
from bench.table import Row, Table
from faceplatform.engine.catalogue import choices, weights
from faceplatform.engine.preparation import installation
from faceplatform.engine.stages.recognition import Recognizer, build_recognizer

_MODELS = tuple(name for name, choice in choices.RECOGNITION_MODELS.items() if choice.weights)
_ROUNDS = 60


def costs() -> Table:
    """Time one aligned face, and state the bytes of the weights and of a template."""
    recognizers, missing = _built()
    tasks = {name: _embedding(recognizer) for name, recognizer in recognizers.items()}
    least = _least_times(tasks)
    rows = []
    for name, recognizer in recognizers.items():
        weight = weights.locate(choices.RECOGNITION_MODELS[name].weights).stat().st_size
        note = f"{weight / 1e6:.1f} MB of weights, {recognizer.model.dimension * 4:,} B a template"
        rows.append(Row(name, least[name], "ms", note=note))
    skipped = f"{', '.join(missing)}: not in {models.shared_folder()}" if missing else ""
    return Table(
        f"Recognition models, one aligned face, processor time: minimum of {_ROUNDS}", rows, skipped
    )


def _built() -> tuple[dict[str, Recognizer], list[str]]:
    """Return the models by name, and the names of those whose sources are not at hand."""
    folder = models.shared_folder() if models.shared_folder().is_dir() else None
    offered = installation.offered_by(folder) if folder is not None else []
    recognizers, missing = {}, list[str]()
    for name in _MODELS:
        if name.startswith("dlib"):
            installation.prepare(name)
        elif name in offered:
            installation.prepare(name, source_dir=folder)
        else:
            missing.append(name)
            continue
        recognizers[name] = build_recognizer(name)
    return recognizers, missing


def _least_times(tasks: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Return the least milliseconds of each task. They take turns, after a warm-up.

    Processor time: other work on the machine adds less to it than to the time that passes.
    """
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for turn in range(_ROUNDS + 1):
        for name, task in tasks.items():
            start = thread_time()
            task()
            if turn:
                times[name].append((thread_time() - start) * 1000)
    return {name: min(each) for name, each in times.items()}


def _embedding(recognizer: Recognizer) -> Callable[[], object]:
    width, height = recognizer.chip_size
    chip = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return lambda: recognizer.embed_chip(chip)
