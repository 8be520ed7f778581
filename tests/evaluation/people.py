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


def two_groups(pictures: int = 6):
    """Return the same of 160 people, and the label of each row: "one" and "alike".

    The people of the second group are as if they were related.
    """
    one, people = made_up(80, pictures, spread=1.0, seed=1)
    alike, relatives = made_up(80, pictures, spread=1.0, seed=2)
    alike = alike + 0.35 * alike[0]
    alike /= np.linalg.norm(alike, axis=1, keepdims=True)
    return (
        np.concatenate([one, alike]),
        np.concatenate([people, relatives + 80]),
        np.repeat(["one", "alike"], len(people)),
    )
