"""Scripted subjects before a camera: somebody who follows instructions, a photograph, a recording.

Each is shown the instruction that the last answer told, and the time; it gives the next frame. So a
session can be led without a person and without waiting.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from io import BytesIO
from typing import NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from faceplatform.evaluation.synthetic import surfaces
from faceplatform.evaluation.synthetic.cards import Portrait, cut
from faceplatform.evaluation.synthetic.gestures import EXTREMES, REST, Posture, Step, draw
from faceplatform.evaluation.synthetic.surfaces import Pixels, Surface

# The head and shoulders, as they are seen by the camera of a computer.
_HEADS_WIDE, _HEADS_HIGH, _ROWS = 2.8, 3.7, 480
_JPEG_QUALITY = 92
_NOISE = 1.5  # standard deviation of a sensor's noise in grey levels

# Seconds from an instruction to the beginning of the movement.
REACTION = 0.5
# The share of the way to a posture that is made in a second, at most all of it.
_PACE = 4.0
# Lids are closed this long, and then open this long.
_CLOSED, _OPEN = 0.45, 0.9
# A head is never still: sines of these frequencies (Hz), in degrees and in widths of a face.
_SWAY_HZ = (0.23, 0.61, 1.3)
_SWAY_DEGREES, _SWAY_SHIFT = 1.2, 0.03
_BY_HAND = 6.0
# Nor is a living face ever the same, which a still is known by: the head turns and nods by so many
# degrees, and the lips part and the lids sink by shares of an open mouth and of closed eyes.
_LIVING_YAW, _LIVING_PITCH, _LIVING_LIPS, _LIVING_LIDS = 4.0, 2.5, 0.07, 0.2
# The camera is a phone in a hand: it turns (degrees), and moves and nears by shares of the frame.
_CAMERA_DEGREES, _CAMERA_SHIFT, _CAMERA_ZOOM = 5.0, 0.08, 0.08

Steps = Callable[[int, Step], Step]


class Subject(Protocol):
    """The thing before the camera."""

    def show(self, asked: str | None, now: float) -> bytes:
        """Return the next frame as a JPEG.

        Args:
            asked: the code of the instruction; None if nothing is asked.
            now: in seconds, later than in the call before.
        """


class Shown(NamedTuple):
    """A frame of a recording, with the seconds since its first."""

    seconds: float
    image: bytes


def scene(portrait: Portrait) -> tuple[Pixels, NDArray[np.float32]]:
    """Return the picture that a camera takes of somebody, and the mesh of the face in it."""
    box = portrait.box
    unit = max(box.width, box.height)
    scale = _ROWS / (_HEADS_HIGH * unit)
    corner = np.array(
        [
            box.x + box.width / 2 - _HEADS_WIDE * unit / 2,
            box.y + box.height / 2 - _HEADS_HIGH * unit / 2,
            0,
        ]
    )
    picture = cut(portrait, heads_wide=_HEADS_WIDE, heads_high=_HEADS_HIGH, height=_ROWS)
    return picture, np.asarray((portrait.mesh - corner) * scale, dtype=np.float32)


def head(portrait: Portrait) -> Surface:
    """Return somebody before the camera."""
    return surfaces.head(*scene(portrait))


def photograph(portrait: Portrait, *, bend: float = 0.0) -> Surface:
    """Return a photograph of somebody that fills the frame.

    Args:
        bend: see `surfaces.card`.
    """
    return surfaces.card(*scene(portrait), bend=bend)


class Actor:
    """A head, or a photograph in its place, that makes gestures when they are asked for.

    Args:
        steps: the gesture made when the n-th one is asked for, from 0; by default the one that is
            asked for.
        reach: how much farther it turns than `gestures.EXTREMES` say.
        by_hand: it is moved by a hand all the time, as a photograph is.
    """

    def __init__(
        self,
        surface: Surface,
        rng: np.random.Generator,
        *,
        steps: Steps = lambda _, asked: asked,
        reach: float = 1.0,
        by_hand: bool = False,
    ) -> None:
        self._surface, self._rng, self._steps, self._reach = surface, rng, steps, reach
        self._phases = rng.uniform(0, 2 * np.pi, (9, len(_SWAY_HZ)))
        self._sway = _BY_HAND if by_hand else 1.0
        is_card = bool(surface.moves.all())
        self._living = None if is_card else rng.uniform(0, 2 * np.pi, (4, len(_SWAY_HZ)))
        self._posture, self._asked = REST, ""
        self._since, self._before, self._count = 0.0, 0.0, -1
        self._step = Step.NEUTRAL

    def show(self, asked: str | None, now: float) -> bytes:
        """See Subject. An instruction that is no `Step` is one to look straight ahead."""
        if (asked or "") != self._asked:
            self._hear(asked or "", now)
        target = self._target(now)
        share = min(1.0, _PACE * (now - self._before)) if self._before else 1.0
        self._posture = _between(self._posture, target, share)
        self._before = now
        sway = _waves(self._phases, now) / len(_SWAY_HZ)
        posture = self._swaying(self._posture, self._sway * sway[:5])
        if self._living is not None:
            posture = _alive(posture, _waves(self._living, now) / len(_SWAY_HZ) ** 0.5)
        frame = draw(self._surface, posture)
        seen = _held_camera(frame, *sway[5:].tolist())
        return _jpeg(seen + self._rng.normal(0, _NOISE, seen.shape))

    def _hear(self, asked: str, now: float) -> None:
        self._asked, self._since, self._step = asked, now, Step.NEUTRAL
        if asked in set(Step) and asked != Step.NEUTRAL:
            self._count += 1
            self._step = self._steps(self._count, Step(asked))

    def _target(self, now: float) -> Posture:
        seconds = now - self._since - REACTION
        if self._step is Step.NEUTRAL:
            # Somebody who came closer stays there.
            return replace(REST, distance=self._posture.distance)
        if seconds < 0:
            return self._posture
        if self._step is Step.BLINK and seconds % (_CLOSED + _OPEN) >= _CLOSED:
            return REST
        extreme = EXTREMES[self._step]
        return replace(extreme, yaw=extreme.yaw * self._reach, pitch=extreme.pitch * self._reach)

    def _swaying(self, posture: Posture, waves: NDArray[np.float64]) -> Posture:
        yaw, pitch, roll, right, down = waves.tolist()
        return replace(
            posture,
            yaw=posture.yaw + _SWAY_DEGREES * yaw,
            pitch=posture.pitch + _SWAY_DEGREES * pitch,
            roll=posture.roll + _SWAY_DEGREES * roll,
            right=posture.right + _SWAY_SHIFT * right,
            down=posture.down + _SWAY_SHIFT * down,
        )


def _waves(phases: NDArray[np.float64], now: float) -> NDArray[np.float64]:
    """Return the sums of the waves with these phases, (n, waves): (n,)."""
    return np.asarray(np.sin(2 * np.pi * now * np.array(_SWAY_HZ) + phases).sum(axis=1))


def _alive(posture: Posture, waves: NDArray[np.float64]) -> Posture:
    """Return the posture of a living face: see `_LIVING_YAW`."""
    yaw, pitch, lips, lids = waves.tolist()
    return replace(
        posture,
        yaw=posture.yaw + _LIVING_YAW * yaw,
        pitch=posture.pitch + _LIVING_PITCH * pitch,
        mouth=max(posture.mouth, _LIVING_LIPS * (1 + lips), 0.0),
        lids=max(posture.lids, _LIVING_LIDS * (1 + lids), 0.0),
    )


class Unasked:
    """Makes gestures one after the other, whatever is asked: as on a recording of them all.

    Args:
        seconds: for a gesture and the way back.
    """

    def __init__(self, actor: Actor, steps: Sequence[Step], *, seconds: float = 1.4) -> None:
        self._actor, self._steps, self._seconds = actor, steps, seconds
        self._start: float | None = None

    def show(self, asked: str | None, now: float) -> bytes:
        """See Subject."""
        self._start = now if self._start is None else self._start
        turn, within = divmod(now - self._start, self._seconds)
        step = self._steps[int(turn) % len(self._steps)]
        return self._actor.show(step if within < self._seconds * 0.65 else None, now)


class Player:
    """A recording that is shown to the camera, and stops at its last frame.

    Args:
        speed: 2 shows it in half of its time.
        again: makes another image of a frame, as a camera before a screen does; by default each is
            the file that was recorded.
    """

    def __init__(
        self,
        recording: Sequence[Shown],
        *,
        speed: float = 1.0,
        again: Callable[[bytes], bytes] = lambda image: image,
    ) -> None:
        self._recording, self._speed, self._again = recording, speed, again
        self._times = [shown.seconds for shown in recording]
        self._start: float | None = None

    def show(self, asked: str | None, now: float) -> bytes:
        """See Subject."""
        self._start = now if self._start is None else self._start
        place = bisect_right(self._times, (now - self._start) * self._speed + 1e-9) - 1
        return self._again(self._recording[place].image)


class Swapped:
    """Shows one subject, then another one.

    Args:
        swaps: from the first instruction on for which it is True.
    """

    def __init__(self, first: Subject, then: Subject, swaps: Callable[[str | None], bool]) -> None:
        self._shown, self._then, self._swaps = first, then, swaps

    def show(self, asked: str | None, now: float) -> bytes:
        """See Subject."""
        if self._swaps(asked):
            self._shown = self._then
        return self._shown.show(asked, now)


def taken_again(image: bytes, rng: np.random.Generator) -> bytes:
    """Return another image of a frame: a little larger, shifted and noisy."""
    pixels = Image.open(BytesIO(image))
    left, top = (int(value) for value in rng.integers(0, 8, 2))
    inner = (left, top, pixels.width - 8 + left, pixels.height - 8 + top)
    larger = np.asarray(pixels.crop(inner).resize(pixels.size, Image.Resampling.BILINEAR))
    return _jpeg(larger + rng.normal(0, _NOISE, larger.shape))


def _held_camera(frame: Pixels, turn: float, nearness: float, right: float, down: float) -> Pixels:
    height, width = frame.shape[:2]
    move = cv2.getRotationMatrix2D(
        (width / 2, height / 2), _CAMERA_DEGREES * turn, 1 + _CAMERA_ZOOM * nearness
    )
    move[:, 2] += np.array([right, down]) * _CAMERA_SHIFT * width
    moved = cv2.warpAffine(frame, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, dtype=np.uint8)


def _between(here: Posture, there: Posture, share: float) -> Posture:
    return Posture(
        **{
            field.name: getattr(here, field.name)
            + share * (getattr(there, field.name) - getattr(here, field.name))
            for field in fields(Posture)
        }
    )


def _jpeg(values: NDArray[np.float64]) -> bytes:
    buffer = BytesIO()
    pixels = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(buffer, "JPEG", quality=_JPEG_QUALITY)
    return buffer.getvalue()
