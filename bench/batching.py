"""Time per frame of each net in batches of 1, 2 and 4, to see if batching is faster.
The two integer nets are compared with their float versions.

python manage.py models prepare dlib-fp32 && python -m bench.batching
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")

from collections.abc import Callable
from statistics import median
from time import thread_time

import numpy as np

_BATCHES = (1, 2, 4)
_ROUNDS = 40
_NETS = ("blazeface_short", "blazeface_far", "blazeface_back", "face_mesh", "minifasnet_v2")


def main() -> None:
    import django

    django.setup()
    from faceplatform.engine.catalogue import weights

    print("| net | " + " | ".join(f"batch {n}" for n in _BATCHES) + " |")
    print("|---|" + "---:|" * len(_BATCHES))
    for name in ("dlib", "dlib-fp32"):
        _show(f"{name}, with mirror image", _embedded(name))
    for name in _NETS:
        _show(name, _batched(str(weights.locate(name))))


def _embedded(name: str) -> Callable[[int], Callable[[], object]]:
    """Return a function from a batch size to a run of a recognition model on that many chips."""
    from faceplatform.engine.stages.recognition import build_recognizer

    embed = build_recognizer(name).embed_chips
    chips = np.random.default_rng(1).integers(0, 256, (4, 150, 150, 3), dtype=np.uint8)
    return lambda batch: lambda: embed(chips[:batch])


def _batched(path: str) -> Callable[[int], Callable[[], object]]:
    """Return a function from a batch size to a run of a LiteRT net resized to it."""

    def run(batch: int) -> Callable[[], object]:
        from ai_edge_litert.interpreter import Interpreter

        net = Interpreter(model_path=path, num_threads=1)
        given = net.get_input_details()[0]
        shape = (batch, *given["shape"][1:])
        net.resize_tensor_input(given["index"], shape)
        net.allocate_tensors()
        values = np.random.default_rng(1).random(shape).astype(given["dtype"])
        net.set_tensor(given["index"], values)
        invoke: Callable[[], object] = net.invoke
        return invoke

    return run


def _show(name: str, run_of: Callable[[int], Callable[[], object]]) -> None:
    """Print the median processor time per frame for each batch size; batches take turns."""
    runs = {batch: run_of(batch) for batch in _BATCHES}
    times: dict[int, list[float]] = {batch: [] for batch in _BATCHES}
    for turn in range(_ROUNDS + 3):
        for batch, run in runs.items():
            start = thread_time()
            run()
            if turn >= 3:
                times[batch].append((thread_time() - start) * 1000 / batch)
    print(f"| {name} | " + " | ".join(f"{median(times[n]):.2f} ms" for n in _BATCHES) + " |")


if __name__ == "__main__":
    main()
