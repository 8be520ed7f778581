"""The kinds of synthetic attack: presentation attack instrument (PAI) species, by name.

A species is named for its instrument and its framing. ``room`` shows the edges of the card,
``fill`` only the picture, ``moved`` a card in a moving hand.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

import cv2
import numpy as np

from faceplatform.engine.types import Box
from faceplatform.evaluation.synthetic import prints, screens
from faceplatform.evaluation.synthetic.cards import (
    FRAME_HEIGHT,
    FRAME_WIDTH,
    Light,
    Pixels,
    Placement,
    Portrait,
    cut,
    photograph,
    wall,
)
from faceplatform.evaluation.synthetic.gestures import STEP_SECONDS, Step, sequence
from faceplatform.evaluation.synthetic.moved import STILL_HAND, Reach, hand_path, looped

FPS = 10
_SECONDS = 2.4
_LOOPS = 3

# The surroundings of the face on a card, in boxes of the face. Of the head and shoulders as on a
# card seen whole; so wide that it covers the frame at all distances of `fill`.
_WHOLE = {"heads_wide": 2.5, "heads_high": 3.2}
_COVERING = {"heads_wide": 3.6, "heads_high": 4.8}
# Where the picture fills the frame: the frame's width in boxes of the face. Below 1.8 the passive
# check answers that it cannot tell.
_FILL_ROOM = (1.9, 2.4)
_PRINT_ROWS = 1800
_ASKED = (Step.TURN_LEFT, Step.TURN_RIGHT, Step.OPEN_MOUTH, Step.BLINK)
_PANEL_ROWS = 620  # of which each is drawn as three

Draw = Callable[[Portrait, np.random.Generator], list[Pixels]]


@dataclass(frozen=True, slots=True)
class Species:
    """A kind of attack.

    Attributes:
        draw: returns the frames of one presentation, uint8 (FRAME_HEIGHT, FRAME_WIDTH, 3), RGB: one
            for a still, several at `FPS` for a sequence. The same generator, seeded alike, gives
            the same frames.
    """

    name: str
    description: str
    draw: Draw


def _print(portrait: Portrait, rng: np.random.Generator, *, fills: bool) -> Pixels:
    picture = cut(portrait, **(_COVERING if fills else _WHOLE), height=_PRINT_ROWS)
    return prints.render(picture, rng, border=not fills)


def _screen(portrait: Portrait, rng: np.random.Generator, *, fills: bool) -> Light:
    picture = cut(portrait, **(_COVERING if fills else _WHOLE), height=_PANEL_ROWS)
    return screens.render(picture, screens.draw_device(rng, bezel=not fills), phase=rng.uniform())


def _paste(portrait: Portrait, _rng: np.random.Generator, *, fills: bool) -> Pixels:
    return cut(portrait, **(_COVERING if fills else _WHOLE), height=_PRINT_ROWS)


def _placement(rng: np.random.Generator, *, fills: bool) -> Placement:
    if fills:
        room = rng.uniform(*_FILL_ROOM)
        height = _COVERING["heads_high"] / room * FRAME_WIDTH / FRAME_HEIGHT
    else:
        height = rng.uniform(0.62, 0.85)
    return Placement(
        x=0.5 + rng.uniform(-0.03, 0.03),
        y=0.5 + rng.uniform(-0.03, 0.03),
        height=height,
        yaw=rng.uniform(-12, 12),
        pitch=rng.uniform(-8, 8),
        roll=rng.uniform(-4, 4),
    )


Card = Callable[..., Pixels | Light]


def _still(
    card: Card, portrait: Portrait, rng: np.random.Generator, *, fills: bool
) -> list[Pixels]:
    shown = card(portrait, rng, fills=fills)
    return [photograph(shown, _placement(rng, fills=fills), wall(rng), rng)]


def _moved(
    card: Card, portrait: Portrait, rng: np.random.Generator, *, reach: Reach
) -> list[Pixels]:
    shown, background = card(portrait, rng, fills=False), wall(rng)
    start = replace(_placement(rng, fills=False), yaw=0.0, pitch=0.0)
    path = hand_path(start, seconds=_SECONDS, fps=FPS, rng=rng, reach=reach)
    return [photograph(shown, placement, background, rng) for placement in path]


def _loop(portrait: Portrait, rng: np.random.Generator) -> list[Pixels]:
    """Show a short recording of a living head, which starts again at its end."""
    seconds = _SECONDS / _LOOPS
    return _played(looped(_recorded(portrait, [Step.NEUTRAL], seconds, rng), times=_LOOPS), rng)


def _gestures(portrait: Portrait, rng: np.random.Generator) -> list[Pixels]:
    """Show a recording of somebody who makes gestures that somebody else was asked for."""
    steps = [Step(str(step)) for step in rng.choice(list(_ASKED), size=2, replace=False)]
    return _played(_recorded(portrait, steps, len(steps) * STEP_SECONDS, rng), rng)


def _recorded(
    portrait: Portrait, steps: list[Step], seconds: float, rng: np.random.Generator
) -> list[Pixels]:
    """Return the pictures of a recording, as large as the panel."""
    # Drawn at the panel's resolution: more would be lost on it.
    small = _reduced(portrait)
    frames = sequence(small.pixels, small.mesh, steps, fps=FPS, seed=int(rng.integers(2**31)))
    return [
        cut(replace(small, pixels=frame.pixels), **_WHOLE, height=_PANEL_ROWS)
        for frame in islice(frames, round(seconds * FPS))
    ]


def _reduced(portrait: Portrait) -> Portrait:
    """Return the portrait with a face no larger than it is on the panel."""
    box = portrait.box
    scale = _PANEL_ROWS / _WHOLE["heads_high"] / max(box.width, box.height)
    if scale >= 1:
        return portrait
    return Portrait(
        pixels=np.asarray(
            cv2.resize(portrait.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA),
            dtype=np.uint8,
        ),
        box=Box(box.x * scale, box.y * scale, box.width * scale, box.height * scale),
        mesh=portrait.mesh * np.float32(scale),
    )


def _played(recorded: list[Pixels], rng: np.random.Generator) -> list[Pixels]:
    """Return the frames of a recording on a device that is held still."""
    device, background, start = screens.draw_device(rng), wall(rng), _placement(rng, fills=False)
    path = hand_path(start, seconds=len(recorded) / FPS, fps=FPS, rng=rng, reach=STILL_HAND)
    return [
        photograph(screens.render(picture, device, phase=rng.uniform()), placement, background, rng)
        for picture, placement in zip(recorded, path, strict=True)
    ]


_CARDS: dict[str, tuple[str, Card]] = {
    "paste": ("the photograph itself, flat before a wall: a perfect print", _paste),
    "print": ("a colour print: halftone, paper, white margin", _print),
    "screen": ("a device: stripes of sub-pixels, moire, bands, glare, bezel", _screen),
}


def _all() -> list[Species]:
    found = []
    for name, (description, card) in _CARDS.items():
        for framing, fills in (("room", False), ("fill", True)):
            seen = "filling the frame" if fills else "seen whole"
            draw = partial(_still, card, fills=fills)
            found.append(Species(f"{name}_{framing}", f"{description}; {seen}", draw))
        moved = partial(_moved, card, reach=Reach())
        found.append(Species(f"{name}_moved", f"{description}; moved and tilted by hand", moved))
    found.append(Species("screen_loop", "a short clip on a device, again and again", _loop))
    found.append(Species("screen_gestures", "a clip of gestures on a device", _gestures))
    return found


SPECIES = {species.name: species for species in _all()}
