"""The capture policy of a client, as one frozen object.

A client's overrides are stored as JSON and validated here; an unknown key is an error. A session
keeps the policy it was opened with, so a change never affects running sessions.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from faceplatform.errors import ConfigurationError

MAX_IMAGE_BYTES = 10 * 1024 * 1024
MAX_IMAGE_PIXELS = 25_000_000

Share = Annotated[float, Field(ge=0, le=1)]

# The liveness checks that a session must pass, as one word. See `faceplatform.liveness.methods`.
LivenessMethods = Literal["off", "passive", "challenge", "passive+challenge"]
LIVENESS_CHOICES = get_args(LivenessMethods)


class _Frozen(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        json_schema_serialization_defaults_required=True,  # a policy in an answer is complete
    )


class QualityLimits(_Frozen):
    """The lowest accepted value of each quality measure of a frame, 0..1."""

    # For the measures see `engine.stages.quality`. These are values chosen on portraits of seven
    # people that were degraded step by step: each accepts mild faults and refuses strong ones (blur
    # of 2 px against 4 px at an eye distance of 115 px, an eighth of the light against a 256th, an
    # eye distance of 31 px, 36 degrees of yaw). The engine's tests have images on both sides of
    # each value. What refused frames would have matched is in docs/accuracy.md, by group. The limit
    # of `brightness` is for a frame that is next to black: how much of the face is lost in the dark
    # tells `under_exposure`.
    sharpness: Share = 0.45
    brightness: Share = 0.1
    under_exposure: Share = 0.5
    over_exposure: Share = 0.6
    contrast: Share = 0.4
    size: Share = 0.34
    pose: Share = 0.65
    eyes_uncovered: Share = 0.5
    eyes_open: Share = 0.6
    mouth_closed: Share = 0.5
    inside_frame: Share = 0.9


class CapturePolicy(_Frozen):
    """The requirements of a client's capture sessions."""

    target_samples: int = Field(
        3, ge=1, le=10, description="Default number of samples of an enrollment."
    )
    min_target_samples: int = Field(1, ge=1, le=10)
    max_target_samples: int = Field(10, ge=1, le=10)
    max_enrollment_frames: int = Field(
        60, ge=1, le=500, description="Most frames of an enrollment, refused ones included."
    )
    probe_frames: int = Field(
        3, ge=1, le=10, description="Most accepted frames that an authentication fuses."
    )
    max_authentication_frames: int = Field(
        30, ge=1, le=500, description="Most frames of an authentication, refused ones included."
    )
    max_spoof_frames: int = Field(
        3, ge=1, le=50, description="Number of suspected spoof frames that fails a session."
    )
    live_frames_after_spoof: int = Field(
        3,
        ge=1,
        le=10,
        description="Live frames in a row that clear a suspicion. Earlier samples are dropped.",
    )
    session_seconds: int = Field(600, ge=30, le=3600, description="Lifetime of a session.")
    duplicate_face: Literal["refuse", "flag", "allow"] = Field(
        "refuse", description="Treatment of a face that another user of the client has enrolled."
    )
    liveness: LivenessMethods = Field(
        "off", description="The liveness checks of every session, whatever its `capture_type`."
    )
    camera_liveness: LivenessMethods = Field(
        "off",
        description="Further liveness checks of sessions at a camera: `capture_type` `webcam` or "
        "`mobile`. A program that sends stored images cannot pass a challenge.",
    )
    challenge_steps: int = Field(
        2,
        ge=1,
        le=6,
        description="Number of gestures that a challenge asks for, drawn at random, at least one "
        "of which turns the head. A fourth of all challenges ask for a blink besides.",
    )
    challenge_motion: bool = Field(
        default=False,
        description="Each challenge asks besides to move back and then to come closer. False: "
        "each of the two is drawn like the other gestures.",
    )
    challenge_step_seconds: int = Field(
        10, ge=3, le=60, description="Time for each gesture, from the moment it is asked for."
    )
    challenge_max_faults: int = Field(
        2,
        ge=1,
        le=10,
        description="Number of gestures that were wrong, late, or made before a person could react "
        "that fails a session. After each one, another gesture is asked for, and one more.",
    )
    max_challenge_frames: int = Field(
        300,
        ge=20,
        le=2000,
        description="Frames that a session with a challenge may take beyond its other limit.",
    )
    replayed_frame: Literal["refuse", "allow"] = Field(
        "allow",
        description="Treatment of a frame that an earlier session of the client used. With "
        "liveness on, it is always refused.",
    )
    replay_days: int = Field(
        30, ge=1, le=365, description="Days for which a used frame is remembered."
    )
    analytics_days: int = Field(
        3660,
        ge=31,
        le=3660,
        description="Days for which single ended sessions and the days of users are kept for "
        "analytics, where the operator's setting is not shorter.",
    )
    virtual_cameras: Literal["refuse", "allow"] = Field(
        "allow",
        description="Treatment of cameras that the capture page takes for programs, by their name. "
        "It is a hint of the browser's, which an attacker can change.",
    )
    capture_handover: Literal["require", "refuse", "allow"] = Field(
        "allow",
        description="Going on with a session on another device, by a QR code on the capture page. "
        "`require`: the page of a link that your backend made shows the code alone.",
    )
    capture_retries: int = Field(
        0,
        ge=0,
        le=5,
        description="Further tries that the capture page offers after a failure, by one link and "
        "within its time. Each is a session of its own; the delays after failures hold.",
    )
    keep_images: bool = False
    require_consent: bool = Field(
        default=False, description="Enroll only users with a recorded consent."
    )
    false_match_rate: float = Field(
        1e-4,
        gt=0,
        lt=1,
        description="Operating point: chance that a stranger is let in by a whole verification.",
    )
    identification_false_match_rate: float = Field(
        1e-3,
        gt=0,
        lt=1,
        description="The same of searches: chance that a whole identification takes a stranger for "
        "one of the users, however many they are, or an enrollment for another user's.",
    )
    quality: QualityLimits = QualityLimits()

    @property
    def refuses_replays(self) -> bool:
        """True with a liveness check, which cannot tell a live frame from a copy of one."""
        return self.liveness != "off" or self.replayed_frame == "refuse"

    @property
    def remembers_frames(self) -> bool:
        """True if any session of the client may refuse replays, such as one at a camera: a frame
        of a session without a liveness check is no live one there."""
        return self.refuses_replays or self.camera_liveness != "off"

    def of_search(self) -> Self:
        """Return the policy of an identification: its rate is that of searches."""
        return self.model_copy(update={"false_match_rate": self.identification_false_match_rate})

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Self:
        if not self.min_target_samples <= self.target_samples <= self.max_target_samples:
            raise ValueError(
                "target_samples must lie between min_target_samples and max_target_samples"
            )
        return self


@dataclass(frozen=True, slots=True)
class PolicyFault:
    """A fault of a policy.

    Attributes:
        path: names of the key and of the objects around it, outermost first; empty if the fault is
            in the relation of several keys.
        known: for an unknown key, those that exist beside it; empty for any other fault.
        meant: for an unknown key, the one probably meant.
    """

    path: tuple[str, ...]
    message: str
    known: tuple[str, ...] = ()
    meant: str | None = None


class PolicyInvalid(ConfigurationError):
    """A policy has unknown keys, or values of the wrong type or out of bounds."""

    def __init__(self, faults: Sequence[PolicyFault]) -> None:
        super().__init__("; ".join(map(_description, faults)))
        self.faults = tuple(faults)


def capture_policy(overrides: dict[str, Any]) -> CapturePolicy:
    """Return the default policy with a client's overrides.

    Raises:
        PolicyInvalid: a key is unknown, or a value has the wrong type or is out of bounds. The
            message names each such key.
    """
    try:
        return CapturePolicy.model_validate(overrides)
    except ValidationError as e:
        faults = map(_fault, e.errors(include_url=False, include_input=False))
        raise PolicyInvalid(list(faults)) from e


def _fault(fault: ErrorDetails) -> PolicyFault:
    path = tuple(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        known = tuple((QualityLimits if path[:-1] == ("quality",) else CapturePolicy).model_fields)
        near = difflib.get_close_matches(path[-1], known, n=1)
        return PolicyFault(path, "There is no such key", known, near[0] if near else None)
    if fault["type"] == "model_type":
        return PolicyFault(path, "Input should be an object")
    return PolicyFault(path, fault["msg"].removeprefix("Value error, "))


def _description(fault: PolicyFault) -> str:
    description = f"{'.'.join(fault.path) or 'policy'}: {fault.message}"
    return f"{description}; did you mean {fault.meant}?" if fault.meant else description
