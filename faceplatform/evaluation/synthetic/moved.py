"""Sequences of a card: held and tilted by a hand, and a clip that starts again at its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from faceplatform.evaluation.synthetic.cards import Placement

T = TypeVar("T")

# A hand's slow movements, and its tremor, in hertz.
_SLOW_HZ = (0.15, 1.2)
_TREMOR_HZ = (6.0, 11.0)
_WAVES = 4


@dataclass(frozen=True, slots=True)
class Reach:
    """The farthest that a hand moves a card from its place, in the units of `Placement`.

    The default tilts the card as somebody does who tries to make it look alive.
    """

    x: float = 0.05
    y: float = 0.04
    height: float = 0.05
    yaw: float = 14.0
    pitch: float = 9.0
    roll: float = 5.0


STILL_HAND = Reach(x=0.006, y=0.006, height=0.006, yaw=1.2, pitch=1.0, roll=0.6)


def hand_path(
    start: Placement,
    *,
    seconds: float,
    fps: float,
    rng: np.random.Generator,
    reach: Reach = Reach(),
) -> list[Placement]:
    """Return the placements of a card in a moving hand, one per frame."""
    times = np.arange(round(seconds * fps)) / fps
    ways = {
        name: getattr(start, name) + getattr(reach, name) * _way(times, rng)
        for name in ("x", "y", "height", "yaw", "pitch", "roll")
    }
    return [
        Placement(**{name: float(way[frame]) for name, way in ways.items()})
        for frame in range(len(times))
    ]


def looped(frames: Sequence[T], *, times: int) -> list[T]:
    """Return the frames several times over, as a player that starts again shows them."""
    return [frame for _ in range(times) for frame in frames]


def _way(times: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a smooth movement within -1..1: a few slow waves, and a small tremor."""
    slow = sum(
        np.sin(2 * np.pi * (rng.uniform(*_SLOW_HZ) * times + rng.uniform())) for _ in range(_WAVES)
    )
    tremor = np.sin(2 * np.pi * (rng.uniform(*_TREMOR_HZ) * times + rng.uniform()))
    return np.asarray((slow / _WAVES + 0.03 * tremor) / 1.03)
