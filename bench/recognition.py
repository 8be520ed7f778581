"""Cost of each recognition model of ours, in one thread."""

from collections.abc import Callable

import numpy as np

from bench import models
from bench.table import Row, Table
from bench.timing import interleaved
from faceplatform.engine.catalogue import choices, weights
from faceplatform.engine.preparation import installation
from faceplatform.engine.stages.recognition import Recognizer, build_recognizer

_MODELS = tuple(name for name, choice in choices.RECOGNITION_MODELS.items() if choice.weights)


def costs() -> Table:
    """Time one aligned face, and state the bytes of the weights and of a template."""
    recognizers, missing = _built()
    tasks = {name: _embedding(recognizer) for name, recognizer in recognizers.items()}
    times = interleaved(tasks, rounds=40)
    rows = []
    for name, recognizer in recognizers.items():
        weight = weights.locate(choices.RECOGNITION_MODELS[name].weights).stat().st_size
        note = f"{weight / 1e6:.1f} MB of weights, {recognizer.model.dimension * 4:,} B a template"
        rows.append(Row(name, times[name].least, "ms", note=note))
    skipped = f"{', '.join(missing)}: not in {models.shared_folder()}" if missing else ""
    return Table("Recognition models, one aligned face: minimum of 40", rows, skipped)


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


def _embedding(recognizer: Recognizer) -> Callable[[], object]:
    width, height = recognizer.chip_size
    chip = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return lambda: recognizer.embed_chip(chip)
