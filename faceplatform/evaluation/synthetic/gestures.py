"""Scripted gestures, synthetic: a photograph moved over the mesh's depth, or as a flat card.

They prove that a check is wired, not how often it errs: a real head has other depth than the mesh,
real frames have blur and changing light, and a real attacker is not a script.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from faceplatform.evaluation.synthetic import expressions, surfaces
from faceplatform.evaluation.synthetic.surfaces import Pixels, Points, Surface


class Step(StrEnum):
    """A gesture; left and right are the person's own."""

    NEUTRAL = "neutral"
    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    LOOK_UP = "look_up"
    LOOK_DOWN = "look_down"
    OPEN_MOUTH = "open_mouth"
    BLINK = "blink"
    COME_CLOSER = "come_closer"
    MOVE_BACK = "move_back"


class Presented(StrEnum):
    """The thing in front of the camera.

    ``turned_photo`` is a flat photograph that makes the head's movements, ``moved_photo`` one that
    a hand moves and tilts a little whatever the step, ``bent_photo`` one that is bent like a face
    and turned.
    """

    HEAD = "head"
    TURNED_PHOTO = "turned_photo"
    MOVED_PHOTO = "moved_photo"
    BENT_PHOTO = "bent_photo"


@dataclass(frozen=True, slots=True)
class Posture:
    """A position of the head, or of a card.

    Attributes:
        yaw, pitch, roll: degrees, with the signs of `engine.types.Pose`.
        mouth, lids: 0 at rest to 1 wide open, or closed.
        distance: from the camera, 1 at rest.
        right, down: shift, in widths of the face.
    """

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    mouth: float = 0.0
    lids: float = 0.0
    distance: float = 1.0
    right: float = 0.0
    down: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class TimedFrame:
    """A frame of a sequence.

    Attributes:
        pixels: uint8, (height, width, 3), RGB.
        at: seconds since the first frame.
        step: the gesture that is being made.
    """

    pixels: Pixels
    at: float
    step: Step


REST = Posture()
EXTREMES = {
    Step.NEUTRAL: REST,
    Step.TURN_LEFT: Posture(yaw=24),
    Step.TURN_RIGHT: Posture(yaw=-24),
    Step.LOOK_UP: Posture(pitch=18),
    Step.LOOK_DOWN: Posture(pitch=-18),
    Step.OPEN_MOUTH: Posture(mouth=1),
    Step.BLINK: Posture(lids=1),
    Step.COME_CLOSER: Posture(distance=0.65),
    Step.MOVE_BACK: Posture(distance=1.4),
}
# Seconds of a step: on the way, at the extreme, back, and at rest.
_ON_THE_WAY, _AT_THE_EXTREME, _BACK, _AT_REST = 0.4, 0.4, 0.4, 0.3
STEP_SECONDS = _ON_THE_WAY + _AT_THE_EXTREME + _BACK + _AT_REST

# How far a card bends: half a width of a face beside its middle it has receded by this share of the
# width, about as a cheek does.
_BEND = 1.2
# The pivot of a head is behind the face, in widths of the face.
_PIVOT = 0.5

# A hand's or a head's unrest: sums of sines of these frequencies (Hz), and amplitudes: degrees, and
# shares of the face's width.
_FREQUENCIES = (0.31, 0.83, 1.7)
_UNREST_DEGREES, _UNREST_SHIFT, _UNREST_DISTANCE = 0.5, 0.01, 0.006
# A photograph that is moved by hand: by how much more.
_BY_HAND = 9


def sequence(
    photo: Pixels,
    mesh: NDArray[np.float32],
    steps: Sequence[Step],
    *,
    fps: float = 10.0,
    presented: Presented = Presented.HEAD,
    seed: int = 0,
) -> Iterator[TimedFrame]:
    """Yield the frames in which steps are made one after the other, each from rest and back.

    Args:
        photo: uint8, (height, width, 3), RGB, with one face that looks into the camera.
        mesh: float32, (468, 3): its mesh (`engine.stages.landmarks.Mesh.points`).
        seed: of the unrest.
    """
    surface = surface_of(photo, mesh, presented)
    for at, step, posture in postures(steps, fps=fps, presented=presented, seed=seed):
        yield TimedFrame(pixels=draw(surface, posture), at=at, step=step)


def surface_of(photo: Pixels, mesh: NDArray[np.float32], presented: Presented) -> Surface:
    """Return the surface that `sequence` draws."""
    if presented is Presented.HEAD:
        return surfaces.head(photo, mesh)
    bent = presented is Presented.BENT_PHOTO
    return surfaces.card(photo, mesh, bend=_BEND if bent else 0.0)


def postures(
    steps: Sequence[Step], *, fps: float, presented: Presented, seed: int = 0, reach: float = 1.0
) -> Iterator[tuple[float, Step, Posture]]:
    """Yield time, step and posture of each frame of a `sequence`.

    Args:
        reach: factor of the angles of turns.
    """
    unrest = _Unrest(seed)
    by_hand = presented is Presented.MOVED_PHOTO
    for number in range(round(len(steps) * STEP_SECONDS * fps)):
        at = number / fps
        step = steps[min(int(at / STEP_SECONDS), len(steps) - 1)]
        posture = REST if by_hand else between(step, at % STEP_SECONDS)
        posture = replace(posture, yaw=reach * posture.yaw, pitch=reach * posture.pitch)
        yield at, step, unrest.add(posture, at, times=_BY_HAND if by_hand else 1)


def between(step: Step, seconds: float) -> Posture:
    """Return the posture so many seconds after the beginning of a step."""
    if seconds < _ON_THE_WAY:
        share = seconds / _ON_THE_WAY
    elif seconds < _ON_THE_WAY + _AT_THE_EXTREME:
        share = 1.0
    else:
        share = max(0.0, 1 - (seconds - _ON_THE_WAY - _AT_THE_EXTREME) / _BACK)
    eased = share * share * (3 - 2 * share)
    rest, extreme = REST, EXTREMES[step]
    return Posture(
        **{
            name: getattr(rest, name) + eased * (getattr(extreme, name) - getattr(rest, name))
            for name in Posture.__slots__
        }
    )


def draw(surface: Surface, posture: Posture) -> Pixels:
    """Return the photograph of a surface in a posture. A card has neither lids nor lips."""
    points = surfaces.in_space(surface)
    alive = not surface.moves.all()
    if alive:
        points = expressions.mouth_opened(points, posture.mouth)
    moved = _moved(points, surface, posture)
    share = surface.moves[:, None]
    placed = surfaces.seen(surface, moved * share + points * (1 - share))
    frame = surfaces.render(surface, placed)
    if alive and posture.mouth > 0:
        frame = expressions.with_inside_of_mouth(frame, placed)
    if alive and posture.lids > 0:
        frame = expressions.with_lids(frame, placed, posture.lids)
    return frame


def _moved(points: Points, surface: Surface, posture: Posture) -> Points:
    """Return points of space turned about a pivot behind the face, and shifted."""
    pivot = np.array([0.0, 0.0, _PIVOT * surface.width if not surface.moves.all() else 0.0])
    yaw, pitch, roll = np.radians([posture.yaw, posture.pitch, posture.roll])
    turn = _about_z(roll) @ _about_x(pitch) @ _about_y(yaw)
    shift = surface.width * np.array([posture.right, posture.down, 0.0])
    shift[2] = surface.distance * (posture.distance - 1)
    return np.asarray((points - pivot) @ turn.T + pivot + shift)


def _about_y(yaw: float) -> Points:
    c, s = np.cos(yaw), np.sin(yaw)
    return np.array([(c, 0, -s), (0, 1, 0), (s, 0, c)])


def _about_x(pitch: float) -> Points:
    c, s = np.cos(pitch), np.sin(pitch)
    return np.array([(1, 0, 0), (0, c, s), (0, -s, c)])


def _about_z(roll: float) -> Points:
    c, s = np.cos(roll), np.sin(roll)
    return np.array([(c, -s, 0), (s, c, 0), (0, 0, 1)])


class _Unrest:
    """Small movements that never stop, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._phases = np.random.default_rng(seed).uniform(0, 2 * np.pi, (6, len(_FREQUENCIES)))

    def add(self, posture: Posture, at: float, *, times: float) -> Posture:
        turns = 2 * np.pi * at * np.array(_FREQUENCIES)
        yaw, pitch, roll, right, down, distance = (
            times * np.sin(turns + self._phases).sum(axis=1) / len(_FREQUENCIES)
        )
        return replace(
            posture,
            yaw=posture.yaw + _UNREST_DEGREES * float(yaw),
            pitch=posture.pitch + _UNREST_DEGREES * float(pitch),
            roll=posture.roll + _UNREST_DEGREES * float(roll),
            right=posture.right + _UNREST_SHIFT * float(right),
            down=posture.down + _UNREST_SHIFT * float(down),
            distance=posture.distance * (1 + _UNREST_DISTANCE * float(distance)),
        )
