"""What goes into the engine and what comes out: frozen values, no behaviour of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from faceplatform.matching.embeddings import Embedding
from faceplatform.matching.model import RecognitionModel


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded picture.

    Attributes:
        pixels: uint8, (height, width, 3), RGB, upright (EXIF orientation applied).
        digest: SHA-256 of the bytes as they were posted, in hex.
        fingerprint: 32 bytes (256 bits) of a difference hash of the pixels: two pictures whose
            fingerprints differ in few bits are the same picture saved twice.
    """

    pixels: NDArray[np.uint8]
    digest: str
    fingerprint: bytes

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])


@dataclass(frozen=True, slots=True)
class Wants:
    """What a caller needs that costs more.

    Attributes:
        copy: the picture, encoded anew.
    """

    embedding: bool = True
    liveness: bool = False
    copy: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A face's bounding box, in pixels of the frame; may reach outside of it."""

    x: float
    y: float
    width: float
    height: float
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Pose:
    """Head pose in degrees: yaw > 0 looks to the image's right, pitch > 0 looks up, roll > 0 is
    tilted clockwise in the image."""

    yaw: float
    pitch: float
    roll: float


@dataclass(frozen=True, slots=True)
class Quality:
    """Named quality measures after ISO/IEC 29794-5, each 0..1, 1 is best, and the unified score.

    ``eye_distance`` alone is in pixels of the frame: what ``size`` was computed from.
    """

    sharpness: float
    brightness: float
    under_exposure: float
    over_exposure: float
    contrast: float
    size: float
    pose: float
    eyes_open: float
    mouth_closed: float
    inside_frame: float
    single_face: float
    unified: float
    eye_distance: float


class LivenessVerdict(StrEnum):
    LIVE = "live"
    SPOOF = "spoof"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Liveness:
    """Passive presentation attack detection on one face.

    Attributes:
        verdict: ``unclear`` where the check cannot tell (grey picture, no room around the face).
        score: probability of a bona fide presentation, 0..1; None when unclear.
    """

    verdict: LivenessVerdict
    score: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """The one face of a frame, measured.

    Attributes:
        presence: the mesh's own confidence that there is a face where the detector says, 0..1;
            0 for a face that is drawn or covered (`stages.appearance`).
        embedding: float32, (dimension,), L2-normalised; None when not wanted.
        liveness: None when not wanted.
    """

    box: Box
    presence: float
    pose: Pose
    quality: Quality
    embedding: Embedding | None = None
    liveness: Liveness | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FrameAnalysis:
    """All that the engine says about one frame.

    Attributes:
        boxes: every face that counts, largest first (a far smaller bystander does not count, nor
            does a much smaller copy of the largest face).
        face: the measured face when exactly one counts, else None. With several faces nothing
            more is measured.
        stages: milliseconds by stage name, in the order they ran.
    """

    boxes: tuple[Box, ...]
    face: Face | None
    model: RecognitionModel
    stages: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """A picture as it was posted, decoded and measured.

    Attributes:
        digest, fingerprint: see Frame.
        copy: the upright picture as a JPEG, without what else the posted file held; None when not
            wanted, or when not exactly one face counts.
    """

    digest: str
    fingerprint: bytes
    analysis: FrameAnalysis
    copy: bytes | None = None
