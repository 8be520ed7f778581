"""The engine's input and output: frozen values without behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from faceplatform.matching.embeddings import Embedding
from faceplatform.matching.model import RecognitionModel


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A decoded image.

    Attributes:
        pixels: uint8, (height, width, 3), RGB, upright (EXIF orientation applied).
        digest: SHA-256 of the image as it was received, in hex.
        fingerprint: difference hash of the pixels, 32 bytes (256 bits). Two frames whose
            fingerprints differ in few bits are the same image saved twice.
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
    """The optional, expensive parts of a measurement.

    Attributes:
        liveness: the passive check.
        second_liveness: have the second passive net judge the face too, where the settings choose
            one. It counts with ``liveness`` only.
        gestures, patch: see Face.
        kept_image: the image to keep: see Measurement.
    """

    embedding: bool = True
    liveness: bool = False
    gestures: bool = False
    patch: bool = False
    kept_image: bool = False
    second_liveness: bool = False


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
    """Quality measures after ISO/IEC 29794-5, each 0..1 with 1 the best, and the unified score.

    ``eye_distance``, from which ``size`` is computed, is in pixels of the frame. ``single_face`` is
    no part of ``unified``: faces that do not count lower it, but refuse no frame.
    """

    sharpness: float
    brightness: float
    under_exposure: float
    over_exposure: float
    contrast: float
    size: float
    pose: float
    eyes_uncovered: float
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


class LivenessMethod(StrEnum):
    """The nets of passive liveness."""

    MINIFASNET = "minifasnet"
    DEEP_TREE = "deep_tree"


class LivenessLack(StrEnum):
    """A frame's fault because of which a net cannot judge the face."""

    ROOM = "room"  # around the face
    COLOUR = "colour"
    UPRIGHT = "upright"
    SIZE = "size"
    DETAIL = "detail"


@dataclass(frozen=True, slots=True)
class Liveness:
    """Passive presentation attack detection on one face.

    Attributes:
        verdict: ``unclear`` where the check cannot tell.
        score: probability of a bona fide presentation, 0..1; None when unclear.
        scores: the same by net, of those that ran: the lowest is ``score``.
        lack: the frame's fault when unclear.
    """

    verdict: LivenessVerdict
    score: float | None
    scores: Mapping[LivenessMethod, float] = field(default_factory=dict)
    lack: LivenessLack | None = None


@dataclass(frozen=True, slots=True)
class Gestures:
    """The measures of a face that gestures are judged by, with its pose. They identify nobody.

    Attributes:
        mouth_opening: gap between the lips over the width of the mouth; closed about 0.
        eye_opening: gap between the lids over the length of the eye, of the wider open eye: a wink
            is no blink. Open about 0.29, closed below 0.15; 0 if no face was confirmed.
        face_size: the longer of the distances between the eyes and from the eyes to the mouth, over
            the frame's shorter side. It hardly depends on the pose.
        centre_x, centre_y: of the face's box, over the frame's width and height.
    """

    mouth_opening: float
    eye_opening: float
    face_size: float
    centre_x: float
    centre_y: float


# The longest side of `Face.patch`, in pixels.
MOST_PATCH_SIDE = 160


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """The measured face of a frame.

    Attributes:
        presence: the confidence that there is a face where the detector found one, 0..1; 0 for a
            face that is drawn or covered (`stages.appearance`; without an embedding the recognition
            net does not judge that).
        embedding: float32, (dimension,), L2-normalised; None when not wanted.
        liveness: None when not wanted.
        gestures: None when not wanted.
        patch: the face in grey, uint8, (height, width), at most MOST_PATCH_SIDE a side; None when
            not wanted. Biometric: sealed where it is kept.
    """

    box: Box
    presence: float
    pose: Pose
    quality: Quality
    embedding: Embedding | None = None
    liveness: Liveness | None = None
    gestures: Gestures | None = None
    patch: NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """The place of the face in a stream's last frame. It identifies nobody.

    Attributes:
        box: in pixels of that frame.
        centre_x, centre_y, side, angle: the square that the mesh looks at in the next frame, in
            pixels and radians; see `stages.regions.Region`.
        width, height: of the frame.
        age: number of frames since a detector found the face.
        was_matchable: the face was good enough to be matched, so the next one likely is: it is
            measured as if alone, without a look by the track that would be done again.
    """

    box: Box
    centre_x: float
    centre_y: float
    side: float
    angle: float
    width: int
    height: int
    age: int
    was_matchable: bool = False


@dataclass(frozen=True, slots=True)
class Following:
    """The knowledge about a frame that comes from the stream it is in.

    Attributes:
        track: of the last frame; None for the first, or where the face was lost.
        match_from: the lowest value of each quality measure, by its name in `Quality`, from which
            on the frame may be matched. A face that reaches all is measured as in a single frame,
            whatever the track says. None if no frame is to be matched now.
        upright_frames: of the last frame; see `FrameAnalysis`.
    """

    track: Track | None = None
    match_from: dict[str, float] | None = None
    upright_frames: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FrameAnalysis:
    """The analysis of one frame.

    Attributes:
        boxes: every face that counts, largest first (a far smaller bystander does not count, nor
            does a much smaller copy of the largest face).
        face: the measured face if exactly one counts, else None: of several, none is measured.
        stages: milliseconds by stage name, in the order they ran.
        track: for the next frame of a stream; None outside of one, or unless one sure face counts.
        upright_frames: for the next frame of a stream without a track: the number of frames since
            every detection was looked at from all sides and none was a turned face. None if the
            next frame's must be looked at from all sides.
    """

    boxes: tuple[Box, ...]
    face: Face | None
    model: RecognitionModel
    stages: Mapping[str, float] = field(default_factory=dict)
    track: Track | None = None
    upright_frames: int | None = None

    @property
    def is_followed(self) -> bool:
        """True if no detector looked at the frame."""
        return self.track is not None and self.track.age > 0


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """The measurement of an image.

    Attributes:
        digest, fingerprint: see Frame.
        kept_image: the upright frame, re-encoded as a JPEG without any metadata of the image; None
            if not wanted, or unless exactly one face counts.
    """

    digest: str
    fingerprint: bytes
    analysis: FrameAnalysis
    kept_image: bytes | None = None
