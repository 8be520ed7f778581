"""One search among many templates, against the bare product of matrix and vector."""

import sys
from functools import partial

import numpy as np

from bench.table import Row, Table
from bench.timing import interleaved
from enrollment.gallery import FIRST_HITS, _ClientGallery
from faceplatform.matching.model import RecognitionModel

_SIZES = (1_000, 10_000, 100_000, 1_000_000)
_DIMENSION = 128


def search() -> Table:
    generator = np.random.default_rng(0)
    vectors = generator.standard_normal((_SIZES[-1], _DIMENSION), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = []
    for size in _SIZES:
        matrix = vectors[:size].copy()
        probe = matrix[size // 2]
        gallery = _gallery(matrix)
        # Many short rounds: a disturbance lasts longer than one.
        rounds = max(15, min(2_000, 4_000_000 // size))
        tasks = {
            "bare": partial(np.matmul, matrix, probe),
            "search": partial(gallery.top, probe, FIRST_HITS),
        }
        times = interleaved(tasks, rounds=rounds, warm_up=3)
        note = (
            f"{times['search'].least:.3g} against {times['bare'].least:.3g} ms; "
            f"{_bytes(gallery) / size:.0f} bytes a template"
        )
        ratio = times["search"].least / times["bare"].least
        rows.append(Row(f"search among {size:,} templates", ratio, "x", "<= 1.5", note))
    return Table("Exact search over the bare matrix @ vector, 128-d float32, one thread", rows)


def _gallery(matrix: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> _ClientGallery:
    """Return a gallery in the state after it was loaded from the database."""
    model = RecognitionModel(name="bench", version="1", alignment="none", dimension=_DIMENSION)
    gallery = _ClientGallery(0, model)
    gallery._matrix = matrix
    gallery._templates = [row + 1 for row in range(len(matrix))]
    gallery._rows = {pk: row for row, pk in enumerate(gallery._templates)}
    return gallery


def _bytes(gallery: _ClientGallery) -> float:
    """Return the size of the matrix and its index: a list, a dictionary and two numbers per row."""
    numbers = 2 * sys.getsizeof(1_000_000) * gallery.size
    return (
        gallery.nbytes + sys.getsizeof(gallery._templates) + sys.getsizeof(gallery._rows) + numbers
    )
