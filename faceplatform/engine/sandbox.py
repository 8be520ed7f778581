"""The engine of sandbox clients: it decodes images as any other, and looks at none of them.

Its measurement is written by a scene and by the notes of the image: no net runs, and nothing that
it answers is biometric.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.base import Engine
from faceplatform.engine.decoding import memory
from faceplatform.engine.decoding.decode import decode_frame, digest_of, encode, read
from faceplatform.engine.types import (
    Box,
    Face,
    Following,
    Frame,
    FrameAnalysis,
    Gestures,
    Liveness,
    LivenessLack,
    LivenessMethod,
    LivenessVerdict,
    Measurement,
    Pose,
    Quality,
    Wants,
)
from faceplatform.errors import EngineBusy, EngineError, SandboxNoteUnknown
from faceplatform.matching.calibration import Calibration, OperatingPoint
from faceplatform.matching.embeddings import Embedding
from faceplatform.matching.model import SANDBOX_NAME, RecognitionModel

MODEL = RecognitionModel(name=SANDBOX_NAME, version="1", alignment="none", dimension=128)
# The model before it: its templates must be made again, as after a change of the real model.
OUTGROWN_MODEL = replace(MODEL, version="0")

# Far from both kinds of cosines: of two samples of one person 0.986, of two people 0 +- 0.09. Even
# a search among a million templates asks for no more than 0.96.
CALIBRATION = Calibration(
    model=str(MODEL.key),
    points={(1, 1): (OperatingPoint(0.1, 0.3), OperatingPoint(1e-6, 0.6))},
    source="invented, for sandbox clients",
)

# The length of the vector that a sample adds to the unit vector of its person: two samples of one
# person have cosine 1 / (1 + 0.12 ** 2) = 0.986.
_SAMPLE_SPREAD = 0.12
_BUSY_SECONDS = 1

# Anywhere in the bytes of an image: in a comment, or after its end.
_NOTE = re.compile(rb"faceplatform:([^;\x00-\x1f]{1,200});")
_PERSON = "person="

_GOOD = Quality(
    sharpness=0.95,
    brightness=1.0,
    under_exposure=0.98,
    over_exposure=0.99,
    contrast=0.9,
    size=1.0,
    pose=0.99,
    eyes_uncovered=1.0,
    eyes_open=1.0,
    mouth_closed=1.0,
    inside_frame=1.0,
    single_face=1.0,
    unified=0.93,
    eye_distance=110.0,
)
_LIVE = Liveness(verdict=LivenessVerdict.LIVE, score=0.97, scores={LivenessMethod.MINIFASNET: 0.97})
_SPOOF = Liveness(
    verdict=LivenessVerdict.SPOOF, score=0.03, scores={LivenessMethod.MINIFASNET: 0.03}
)
_AT_REST = Gestures(mouth_opening=0.02, eye_opening=0.29, face_size=0.2, centre_x=0.5, centre_y=0.5)
_FRONTAL = Pose(yaw=0.0, pitch=0.0, roll=0.0)

Change = Callable[[Face], Face]


@dataclass(frozen=True, slots=True)
class Scene:
    """The contents of a sandbox's frame, unless the image's own note says otherwise.

    Attributes:
        person: name of the person in front of the camera. One name has one face.
        word: of `WORDS`; "" for a good frame.
        awaited: the gesture that a challenge waits for, of `GESTURES`; "" for a face at rest.
        is_due: a person has had the time to react to the instruction.
        shown: the gesture that the image's note names, whatever is awaited.
    """

    person: str = ""
    word: str = ""
    awaited: str = ""
    is_due: bool = True
    shown: str = ""


class SandboxEngine(Engine):
    """Measures what its scene shows. Each frame of a session has a scene of its own."""

    def __init__(self, scene: Scene | None = None) -> None:
        self._scene = scene or Scene()

    @property
    def model(self) -> RecognitionModel:
        return MODEL

    @property
    def has_liveness(self) -> bool:
        """True: the script answers for every check."""
        return True

    def require_room(self) -> None:
        """Do nothing: frames wait in the threads that brought them."""

    def warm_up(self) -> None:
        """Do nothing: there is nothing to load."""

    def measure(
        self, image: bytes, *, wants: Wants, following: Following | None = None
    ) -> Measurement:
        """Decode the image within the limits of every engine, and measure its scene.

        The fingerprint is the digest: other bytes are another frame, whatever they show.

        Raises:
            faceplatform.errors.SandboxNoteUnknown: the image's note is no word of a script.
            faceplatform.errors.EngineError: the script says so, or see Engine.measure.
        """
        start = perf_counter()
        encoded, digest = read(image), digest_of(image)
        scene = _with_note(self._scene, image)
        if scene.word in _FAILURES:
            raise _FAILURES[scene.word]()
        with memory.share(encoded.memory(1)):
            frame = decode_frame(encoded, digest=digest)
            stages = {"decode": (perf_counter() - start) * 1000}
            analysis = replace(_analysis(scene, frame, wants), stages=stages)
            return Measurement(
                digest,
                bytes.fromhex(digest),
                analysis,
                kept_image=encode(frame) if wants.kept_image and analysis.face else None,
            )


def _with_note(scene: Scene, image: bytes) -> Scene:
    """Return the scene as the notes of an image change it."""
    for found in _NOTE.findall(image):
        note = found.decode("utf-8", "replace")
        if note.startswith(_PERSON):
            scene = replace(scene, person=note.removeprefix(_PERSON))
        elif note in GESTURES:
            scene = replace(scene, shown=note, word="")
        else:
            scene = replace(scene, word=checked(note))
    return scene


def checked(word: str) -> str:
    """Return the word.

    Raises:
        faceplatform.errors.SandboxNoteUnknown: it is none of `WORDS`.
    """
    if word not in WORDS:
        raise SandboxNoteUnknown(
            f"No sandbox knows {word!r}. Its words: {', '.join(sorted(WORDS))}"
        )
    return word


def _analysis(scene: Scene, frame: Frame, wants: Wants) -> FrameAnalysis:
    faces = _FACES.get(scene.word, 1)
    side = min(frame.width, frame.height) / 2
    left, top = (frame.width - side) / 2, (frame.height - side) / 2
    boxes = tuple(Box(x=left, y=top, width=side, height=side) for _ in range(faces))
    face = _face(scene, boxes[0], frame.digest, wants) if faces == 1 else None
    return FrameAnalysis(boxes=boxes, face=face, model=MODEL)


def _face(scene: Scene, box: Box, digest: str, wants: Wants) -> Face:
    person = _PERSONS.get(scene.word, scene.person)
    sample = "" if scene.word == "face_still" else digest
    face = Face(
        box=box,
        presence=0.999,
        pose=_FRONTAL,
        quality=_GOOD,
        embedding=_embedding(person, sample),
        liveness=_LIVE,
        gestures=_AT_REST,
        patch=np.full((1, 1), _PATCHES.get(scene.word, SOLID_PATCH), np.uint8),
    )
    if gesture := _gesture_in(scene):
        face = GESTURES[gesture](face)
    face = WORDS[scene.word](face)
    return replace(
        face,
        embedding=face.embedding if wants.embedding else None,
        liveness=face.liveness if wants.liveness else None,
        gestures=face.gestures if wants.gestures else None,
        patch=face.patch if wants.patch else None,
    )


def _gesture_in(scene: Scene) -> str:
    """Return the gesture that a scene shows, or "" for a face at rest."""
    if scene.shown or not scene.awaited:
        return scene.shown
    match scene.word:
        case "gesture_awaited":
            return ""
        case "gesture_wrong" | "liveness_failed":
            return "open_mouth" if scene.awaited == "turn_left" else "turn_left"
        case "gesture_early":
            return scene.awaited
    return scene.awaited if scene.is_due else ""


def _embedding(person: str, sample: str) -> Embedding:
    """Return a unit vector, float32, (128,): of equal arguments an equal one, in every process."""
    vector = _direction(f"person {person}")
    if sample:
        vector = vector + _SAMPLE_SPREAD * _direction(f"sample {sample}")
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def _direction(seed: str) -> NDArray[np.float64]:
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])
    vector = np.random.default_rng(number).standard_normal(MODEL.dimension)
    return vector / np.linalg.norm(vector)


def _unchanged(face: Face) -> Face:
    return face


def _quality(**measures: float) -> Change:
    return lambda face: replace(face, quality=replace(face.quality, **measures))


def _pose(**angles: float) -> Change:
    def change(face: Face) -> Face:
        turned = replace(face.quality, pose=0.0)
        return replace(face, pose=replace(face.pose, **angles), quality=turned)

    return change


def _gesture(*, quality: Mapping[str, float] | None = None, **measures: float) -> Change:
    def change(face: Face) -> Face:
        gestures = replace(face.gestures or _AT_REST, **measures)
        return replace(face, gestures=gestures, quality=replace(face.quality, **(quality or {})))

    return change


def _liveness(liveness: Liveness) -> Change:
    return lambda face: replace(face, liveness=liveness)


def _unclear(lack: LivenessLack) -> Change:
    return _liveness(Liveness(verdict=LivenessVerdict.UNCLEAR, score=None, lack=lack))


def _presence(presence: float) -> Change:
    return lambda face: replace(face, presence=presence)


# Beyond every limit of `liveness.gestures`.
GESTURES: Mapping[str, Change] = {
    "turn_left": _pose(yaw=30.0),
    "turn_right": _pose(yaw=-30.0),
    "look_up": _pose(pitch=20.0),
    "look_down": _pose(pitch=-20.0),
    "open_mouth": _gesture(mouth_opening=0.6, quality={"mouth_closed": 0.0}),
    "blink": _gesture(eye_opening=0.05, quality={"eyes_open": 0.0}),
    "come_closer": _gesture(face_size=0.3),
    "move_back": _gesture(face_size=0.13),
}

# The user whose face an identification sees, and whose face duplicates are of.
KNOWN_USER = "sandbox-matched"
_STRANGER = "a stranger whom nobody enrolls"
_PERSONS = {
    "no_match": _STRANGER,
    "different_person": _STRANGER,
    "duplicate_face": KNOWN_USER,
}
# The one pixel of a patch stands for the motion that a real patch would show.
FLAT_PATCH, UNCLEAR_PATCH, SOLID_PATCH = 0, 1, 2
_PATCHES = {"flat_motion": FLAT_PATCH, "motion_unclear": UNCLEAR_PATCH}
_FACES = {"no_face": 0, "multiple_faces": 2}
_FAILURES: Mapping[str, Callable[[], EngineError]] = {
    "engine_busy": lambda: EngineBusy(retry_after=_BUSY_SECONDS),
    "engine_unavailable": EngineError,
}

# The change that each word of a script makes to a good frame. Most are the reason that they lead
# to; some act by the scene, or by `sessions.sandbox`.
WORDS: Mapping[str, Change] = {
    "": _unchanged,
    "accepted": _unchanged,
    "matched": _unchanged,
    "no_face": _unchanged,
    "multiple_faces": _unchanged,
    "face_unclear": _presence(0.5),
    "face_cut_off": _quality(inside_frame=0.0),
    "face_too_small": _quality(size=0.0),
    "face_turned": _pose(yaw=40.0),
    "picture_turned": lambda face: replace(face, pose=replace(face.pose, roll=90.0)),
    "too_dark": _quality(brightness=0.0),
    "too_bright": _quality(over_exposure=0.0),
    "low_contrast": _quality(contrast=0.0),
    "blurred": _quality(sharpness=0.0),
    "eyes_covered": _quality(eyes_uncovered=0.0),
    "eyes_closed": _quality(eyes_open=0.0),
    "mouth_open": _quality(mouth_closed=0.0),
    "spoof_suspected": _liveness(_SPOOF),
    "liveness_unclear": _unclear(LivenessLack.COLOUR),
    "more_room": _unclear(LivenessLack.ROOM),
    "different_person": _unchanged,
    "no_match": _unchanged,
    "duplicate_face": _unchanged,
    "face_still": _unchanged,
    "gesture_awaited": _unchanged,
    "gesture_wrong": _unchanged,
    "gesture_early": _unchanged,
    "flat_motion": _unchanged,
    "motion_unclear": _unchanged,
    "liveness_failed": _liveness(_SPOOF),
    "reenrollment_required": _unchanged,
    "engine_busy": _unchanged,
    "engine_unavailable": _unchanged,
}
