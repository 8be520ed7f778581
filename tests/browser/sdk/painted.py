"""An engine that takes its script from the colour of a picture; any photograph shows Alice."""

from dataclasses import replace

import numpy as np

from faceplatform.engine import testing as fake
from faceplatform.engine.types import Frame, FrameAnalysis, Pose, Wants
from tests.liveness.surfaces import HEAD
from tests.sessions.challenged import REST, patches

# Red, green and blue of plain pictures. A page paints them on a canvas that stands for the camera.
COLOURS = {
    "nobody": (0, 0, 0),
    "alice": (128, 128, 128),
    "bob": (0, 0, 255),
    "turn_left": (255, 0, 0),
    "turn_right": (0, 255, 0),
    "look_up": (255, 255, 0),
    "look_down": (255, 0, 255),
    "open_mouth": (0, 255, 255),
    "blink": (255, 128, 0),
    "come_closer": (128, 0, 255),
    "move_back": (0, 128, 128),
}
_POSES = {
    "turn_left": Pose(yaw=25, pitch=0, roll=0),
    "turn_right": Pose(yaw=-25, pitch=0, roll=0),
    "look_up": Pose(yaw=0, pitch=20, roll=0),
    "look_down": Pose(yaw=0, pitch=-20, roll=0),
}
_GESTURES = {
    "open_mouth": replace(fake.AT_REST, mouth_opening=0.6),
    "blink": replace(fake.AT_REST, eye_opening=0.1),
    "come_closer": replace(fake.AT_REST, face_size=0.3),
    "move_back": replace(fake.AT_REST, face_size=0.12),
}
# A head, which shows depth where it turns.
_PATCHES = patches(HEAD)
# Of the lower half, which a painter leaves plain: a photograph's is far above.
_MOST_SPREAD = 12
_FARTHEST = 60


class PaintedEngine(fake.FakeEngine):
    def __init__(self) -> None:
        super().__init__(painted)


def painted(frame: Frame, wants: Wants) -> FrameAnalysis:
    """Return the analysis of the person or the gesture that the picture's colour stands for."""
    name = name_of(frame)
    return fake.analysis(
        person="bob" if name == "bob" else "alice",
        sample=int(frame.digest[:8], 16),
        faces=0 if name == "nobody" else 1,
        pose=_POSES.get(name, fake.FRONTAL),
        gestures=_GESTURES.get(name, fake.AT_REST),
        patch=_PATCHES.get(name, REST),
    )


def name_of(frame: Frame) -> str:
    """Return the name of the picture's colour; of a photograph, `alice`."""
    lower = frame.pixels[frame.height // 2 :].reshape(-1, 3).astype(float)
    if lower.std(axis=0).max() > _MOST_SPREAD:
        return "alice"
    away = {
        name: float(np.linalg.norm(lower.mean(axis=0) - colour)) for name, colour in COLOURS.items()
    }
    nearest = min(away, key=lambda name: away[name])
    if away[nearest] > _FARTHEST:
        raise ValueError(f"no colour of a painter: {lower.mean(axis=0)}")
    return nearest
