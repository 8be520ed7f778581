"""Judging one gesture: the difference of a frame from the person's own neutral frames.

Every limit has a partner for the way back (hysteresis): a gesture begins beyond the first and is
over within the second, so a face that trembles at a limit does not make it twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Self


class Gesture(StrEnum):
    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    LOOK_UP = "look_up"
    LOOK_DOWN = "look_down"
    OPEN_MOUTH = "open_mouth"
    BLINK = "blink"
    COME_CLOSER = "come_closer"
    MOVE_BACK = "move_back"


# Nobody makes one of these unawares, so while another gesture is asked for, it is a fault. Eyes
# blink by themselves.
DELIBERATE = frozenset(
    {
        Gesture.TURN_LEFT,
        Gesture.TURN_RIGHT,
        Gesture.LOOK_UP,
        Gesture.LOOK_DOWN,
        Gesture.OPEN_MOUTH,
    }
)

# People sway, but not that far; and they come back from where they were asked to go.
DISTANCES = frozenset({Gesture.COME_CLOSER, Gesture.MOVE_BACK})

TURNS = frozenset({Gesture.TURN_LEFT, Gesture.TURN_RIGHT, Gesture.LOOK_UP, Gesture.LOOK_DOWN})

# Degrees from the person's neutral pose. The net reads a turn smaller than it is. Repeated readings
# of one head differ by about 1 degree, so the limits are far outside of the noise.
_YAW, _PITCH = 15.0, 10.0
_YAW_OVER, _PITCH_OVER = 8.0, 6.0
# Guards: turning the head aside counts only while it hardly nods, and the other way round. An open
# mouth lowers the chin, which reads as a nod; a head that looks down lowers its lids.
_MOST_PITCH_OF_TURN, _MOST_YAW_OF_NOD = 12.0, 14.0
# Gap between the lips over the mouth's width: smiles with teeth have about .20, open mouths more
# than .35.
_MOUTH, _MOUTH_MORE, _MOUTH_OVER = 0.35, 0.2, 0.2
# A mouth on its way open lowers the chin before it counts as open. Of 53 drawn heads that look down
# none parts its lips by more than .09 beyond rest; those that open the mouth reach .13 or more.
_MOUTH_OF_LOOK_DOWN = 0.12
# Share of the eyes' own opening. Closed eyes have .3 to .5 of it.
_BLINK, _BLINK_OVER = 0.55, 0.75
# Size of the face over the neutral one.
_CLOSER, _FARTHER = 1.25, 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """The measures of one frame that gestures are made of; see `engine.types`.

    Attributes:
        yaw: degrees, more than 0 to the image's right: to the person's own left in a frame that is
            not mirrored.
        pitch: degrees, more than 0 upwards.
    """

    yaw: float
    pitch: float
    mouth_opening: float
    eye_opening: float
    face_size: float

    @classmethod
    def median_of(cls, frames: "Sequence[Appearance]") -> Self:
        """Return the median of each measure: one bad frame of three does not shift it."""
        return cls(
            yaw=median(f.yaw for f in frames),
            pitch=median(f.pitch for f in frames),
            mouth_opening=median(f.mouth_opening for f in frames),
            eye_opening=median(f.eye_opening for f in frames),
            face_size=median(f.face_size for f in frames),
        )


def shown(frame: Appearance, neutral: Appearance) -> frozenset[Gesture]:
    """Return the gestures that a frame shows."""
    yaw, pitch = frame.yaw - neutral.yaw, frame.pitch - neutral.pitch
    opens = frame.mouth_opening >= max(_MOUTH, neutral.mouth_opening + _MOUTH_MORE)
    turns = abs(pitch) <= _MOST_PITCH_OF_TURN
    nods = abs(yaw) <= _MOST_YAW_OF_NOD and not opens
    lips_rest = frame.mouth_opening <= neutral.mouth_opening + _MOUTH_OF_LOOK_DOWN
    size = frame.face_size / max(neutral.face_size, 1e-6)
    # Not hidden in a turn, where a distance that nobody asked for would not be counted.
    faces_camera = abs(yaw) < _YAW and abs(pitch) < _PITCH
    conditions = {
        Gesture.TURN_LEFT: yaw >= _YAW and turns,
        Gesture.TURN_RIGHT: yaw <= -_YAW and turns,
        Gesture.LOOK_UP: pitch >= _PITCH and nods,
        Gesture.LOOK_DOWN: pitch <= -_PITCH and nods and lips_rest,
        Gesture.OPEN_MOUTH: opens,
        Gesture.BLINK: frame.eye_opening <= _BLINK * neutral.eye_opening
        and _is_straight(frame, neutral),
        Gesture.COME_CLOSER: size >= _CLOSER and faces_camera,
        Gesture.MOVE_BACK: size <= _FARTHER and faces_camera,
    }
    return frozenset(gesture for gesture, is_shown in conditions.items() if is_shown)


def has_moved(frame: Appearance, neutral: Appearance) -> bool:
    """Return True if the head is turned, nods, or is nearer or farther: enough to judge depth."""
    size = frame.face_size / max(neutral.face_size, 1e-6)
    return (
        abs(frame.yaw - neutral.yaw) > _YAW_OVER
        or abs(frame.pitch - neutral.pitch) > _PITCH_OVER
        or not _FARTHER < size < _CLOSER
    )


def is_at_rest(frame: Appearance, neutral: Appearance) -> bool:
    """Return True if every gesture is over. The distance to the camera may have changed."""
    return (
        _is_straight(frame, neutral)
        and frame.mouth_opening <= neutral.mouth_opening + _MOUTH_OVER
        and frame.eye_opening >= _BLINK_OVER * neutral.eye_opening
    )


def _is_straight(frame: Appearance, neutral: Appearance) -> bool:
    yaw, pitch = frame.yaw - neutral.yaw, frame.pitch - neutral.pitch
    return abs(yaw) <= _YAW_OVER and abs(pitch) <= _PITCH_OVER
