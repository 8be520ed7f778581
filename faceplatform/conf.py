"""Settings that are data: the capture policy of a client, as one frozen object.

A client's overrides are stored as JSON and validated here; an unknown key is an error. A session
keeps the policy it was opened with, so that a change never moves the goal of a running one.
"""

import difflib
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from faceplatform.errors import ConfigurationError

MAX_IMAGE_BYTES = 10 * 1024 * 1024
MAX_IMAGE_PIXELS = 25_000_000

Share = Annotated[float, Field(ge=0, le=1)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, allow_inf_nan=False)


class QualityLimits(_Frozen):
    """The least each quality measure of a frame may be, 0..1 (see `engine.stages.quality`).

    Start values, chosen on portraits of seven people with faults made by steps: each passes mild
    faults and refuses strong ones (blur of 2 px against 4 px at an eye distance of 115 px, half
    the light against a sixth, an eye distance of 31 px, 36 degrees of yaw). The tests of the
    engine show pictures on both sides of each. No error rate follows from them yet.
    """

    sharpness: Share = 0.45
    brightness: Share = 0.3
    under_exposure: Share = 0.5
    over_exposure: Share = 0.6
    contrast: Share = 0.4
    size: Share = 0.34
    pose: Share = 0.65
    eyes_open: Share = 0.6
    mouth_closed: Share = 0.5
    inside_frame: Share = 0.9


class CapturePolicy(_Frozen):
    """What a client demands of its capture sessions."""

    target_samples: int = Field(3, ge=1, le=10, description="Samples per enrollment by default.")
    min_target_samples: int = Field(1, ge=1, le=10)
    max_target_samples: int = Field(10, ge=1, le=10)
    max_enrollment_frames: int = Field(
        60, ge=1, le=500, description="Frames an enrollment may take, refused ones included."
    )
    probe_frames: int = Field(
        3, ge=1, le=10, description="Good frames an authentication fuses before it gives up."
    )
    max_authentication_frames: int = Field(
        30, ge=1, le=500, description="Frames an authentication may take, refused ones included."
    )
    max_spoof_frames: int = Field(
        3, ge=1, le=50, description="Frames suspected as spoof after which a session fails."
    )
    live_frames_after_spoof: int = Field(
        3,
        ge=1,
        le=10,
        description="Live frames in a row that clear a suspicion. What came before it is dropped.",
    )
    session_seconds: int = Field(600, ge=30, le=3600, description="Life of a session.")
    duplicate_face: Literal["refuse", "flag", "allow"] = Field(
        "refuse", description="A face already enrolled under another user of the client."
    )
    liveness: Literal["off", "passive"] = "off"
    replayed_frame: Literal["refuse", "allow"] = Field(
        "allow",
        description="A frame that an earlier session of the client used. Liveness always refuses.",
    )
    replay_days: int = Field(
        30, ge=1, le=365, description="For how long a frame that was used is remembered."
    )
    keep_images: bool = False
    false_match_rate: float = Field(
        1e-3, gt=0, lt=1, description="Operating point: chance that a stranger's frame matches."
    )
    quality: QualityLimits = QualityLimits()

    @property
    def refuses_replays(self) -> bool:
        """A check for liveness says nothing of a picture that was live once before."""
        return self.liveness != "off" or self.replayed_frame == "refuse"

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Self:
        if not self.min_target_samples <= self.target_samples <= self.max_target_samples:
            raise ValueError(
                "target_samples must lie between min_target_samples and max_target_samples"
            )
        return self


def capture_policy(overrides: dict[str, Any]) -> CapturePolicy:
    """The default policy with a client's overrides.

    Raises:
        ConfigurationError: an unknown key, a wrong type or a value out of bounds; names each.
    """
    try:
        return CapturePolicy.model_validate(overrides)
    except ValidationError as e:
        faults = map(_told, e.errors(include_url=False, include_input=False))
        raise ConfigurationError("; ".join(faults)) from e


def _told(fault: ErrorDetails) -> str:
    """One mistake in a policy; of a mistyped key also which one was probably meant."""
    path = [str(part) for part in fault["loc"]]
    told = f"{'.'.join(path) or 'policy'}: {fault['msg']}"
    if fault["type"] != "extra_forbidden":
        return told
    known = (QualityLimits if path[:-1] == ["quality"] else CapturePolicy).model_fields
    near = difflib.get_close_matches(path[-1], known, n=1)
    return f"{told}; did you mean {near[0]}?" if near else told
