"""A person before a camera, for tests of challenges: follows the instructions, or does not."""

from dataclasses import replace
from typing import Any

from faceplatform.engine import testing as fake
from faceplatform.engine.types import Pose
from faceplatform.liveness.gestures import Gesture
from faceplatform.sessions import clock
from tests.liveness.surfaces import HEAD, texture, turned
from tests.stage import Api, Stage, quality

CODES = ("look_straight", *Gesture)
REST = texture()
_TURNS = {
    "turn_left": {"yaw": 16},
    "turn_right": {"yaw": -16},
    "look_up": {"pitch": 15},
    "look_down": {"pitch": -15},
}


def patches(depth: Any) -> dict[str, Any]:
    """Return the patch of a surface for each turn, and for each other instruction."""
    return {code: turned(REST, depth, **_TURNS.get(code, {})) for code in CODES}


_GESTURES: dict[str, dict[str, Any]] = {
    "turn_left": {"pose": Pose(yaw=20, pitch=0, roll=0)},
    "turn_right": {"pose": Pose(yaw=-20, pitch=0, roll=0)},
    "look_up": {"pose": Pose(yaw=0, pitch=14, roll=0)},
    "look_down": {"pose": Pose(yaw=0, pitch=-14, roll=0)},
    "open_mouth": {
        "gestures": replace(fake.AT_REST, mouth_opening=0.5),
        "quality": quality(mouth_closed=0.1),
    },
    "blink": {
        "gestures": replace(fake.AT_REST, eye_opening=0.1),
        "quality": quality(eyes_open=0.1),
    },
    "come_closer": {"gestures": replace(fake.AT_REST, face_size=0.27)},
    "move_back": {"gestures": replace(fake.AT_REST, face_size=0.14)},
}
# A head, which shows depth where it turns.
SHOWN = {code: {**_GESTURES.get(code, {}), "patch": patch} for code, patch in patches(HEAD).items()}
# Of each gesture, one that it is not.
ANOTHER = {
    "turn_left": "turn_right",
    "turn_right": "turn_left",
    "look_up": "look_down",
    "look_down": "look_up",
    "open_mouth": "look_up",
    "blink": "open_mouth",
    "come_closer": "open_mouth",
    "move_back": "open_mouth",
}


class Clock:
    """Replaces the server's clock. It stands still until it is moved."""

    def __init__(self, monkeypatch: Any) -> None:
        self.now = 1000.0
        monkeypatch.setattr(clock, "now", lambda: self.now)


class Camera:
    """Posts frames to one session, one second apart. ``answer`` is the last answer, and each frame
    is added to ``recorded``."""

    def __init__(
        self,
        api: Api,
        stage: Stage,
        time: Clock,
        opened: dict[str, Any],
        recorded: list[bytes] | None = None,
    ) -> None:
        self._api, self._stage, self._time = api, stage, time
        self._recorded = [] if recorded is None else recorded
        self.answer = opened
        self.token: str = opened["session_token"]

    @property
    def asked(self) -> str:
        return str(self.answer["challenge"]["code"])

    def show(
        self,
        what: str = "look_straight",
        *,
        person: str = "alice",
        after: float = 1.0,
        **shown: Any,
    ) -> dict[str, Any]:
        """Post a new frame of a person; return the answer."""
        self._time.now += after
        data = self._stage.frame(person, **{**SHOWN[what], **shown})
        self._recorded.append(data)
        self.answer = self._api.post_frame(self.token, data).json()
        return self.answer

    def be_asked(self, **shown: Any) -> str:
        """Look straight until a gesture is asked for; return it."""
        while self.asked == "look_straight":
            self.show(**shown)
        return self.asked

    def follow(self, **shown: Any) -> dict[str, Any]:
        """Do what is asked until the challenge is over; return the last answer."""
        while self.answer["challenge"]["status"] == "running":
            self.show(self.asked, **shown)
        return self.answer
