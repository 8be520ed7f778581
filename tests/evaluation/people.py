"""Made-up people: embeddings around a centre for each person."""

import numpy as np


def made_up(people: int, pictures: int, *, spread: float, seed: int = 0, dimension: int = 64):
    """Return float32 (people * pictures, dimension), L2-normalised, and the person of each row."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(people, 1, dimension))
    rows = centres + spread * rng.normal(size=(people, pictures, dimension))
    rows = rows.reshape(-1, dimension)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32), np.repeat(np.arange(people), pictures)
