"""Whether one frame can be used: pure decisions on what the engine measured."""

from collections.abc import Iterable
from dataclasses import dataclass

from faceplatform.conf import CapturePolicy, QualityLimits
from faceplatform.engine.decoding.fingerprint import NEAR_DUPLICATE_BITS, fingerprint_distance
from faceplatform.engine.stages.pose import uprightness
from faceplatform.engine.types import Face, FrameAnalysis, LivenessVerdict
from faceplatform.matching.embeddings import Embedding, fuse, similarity
from faceplatform.sessions.reasons import Reason

# Below it a face is not sure to be there: more than the engine asks for before it recognises one
# (`faces.CONFIRMED_PRESENCE`). Of 3,539 photographs of LFW that pass all else the lowest has 0.996;
# half of the turned ones that slip past the second look of the mesh have less than 0.9.
MINIMUM_PRESENCE = 0.99
# Where the detector doubts too, the mesh must be surer. Of the same photographs none has less of
# both, and only one in a thousand has so little presence. Of faces covered below the nose that
# pass all else, half have less of both.
_DOUBTED_DETECTION = 0.8
_PRESENCE_IN_DOUBT = 1 - 4.5e-5

# Which reason each quality measure gives, in the order of what a person would mend first.
_QUALITY_REASONS: tuple[tuple[str, Reason], ...] = (
    ("inside_frame", Reason.FACE_CUT_OFF),
    ("size", Reason.FACE_TOO_SMALL),
    ("brightness", Reason.TOO_DARK),
    ("under_exposure", Reason.TOO_DARK),
    ("over_exposure", Reason.TOO_BRIGHT),
    ("contrast", Reason.LOW_CONTRAST),
    ("pose", Reason.FACE_TURNED),
    ("sharpness", Reason.BLURRED),
)
# What is read from a face's features means nothing before the face is sure to be there.
_EXPRESSION_REASONS: tuple[tuple[str, Reason], ...] = (
    ("eyes_open", Reason.EYES_CLOSED),
    ("mouth_closed", Reason.MOUTH_OPEN),
)


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A frame with one good face."""

    embedding: Embedding
    fingerprint: bytes


def picture_refusal(analysis: FrameAnalysis, policy: CapturePolicy) -> Reason | None:
    """What is wrong with the picture itself; None when nothing is."""
    if not analysis.boxes:
        return Reason.NO_FACE
    if analysis.face is None:
        return Reason.MULTIPLE_FACES
    # First of all: nothing else that could be said of a turned picture would help.
    if _picture_turned(analysis.face, policy.quality):
        return Reason.PICTURE_TURNED
    if refusal := _quality_refusal(analysis.face, policy.quality, _QUALITY_REASONS):
        return refusal
    if not _clear(analysis.face):
        return Reason.FACE_UNCLEAR
    if refusal := _quality_refusal(analysis.face, policy.quality, _EXPRESSION_REASONS):
        return refusal
    if policy.liveness != "off":
        return _liveness_refusal(analysis.face)
    return None


def _clear(face: Face) -> bool:
    """Two nets judge whether there is a face: both may not be in doubt."""
    doubted = face.box.confidence < _DOUBTED_DETECTION
    return face.presence >= (_PRESENCE_IN_DOUBT if doubted else MINIMUM_PRESENCE)


def _picture_turned(face: Face, limits: QualityLimits) -> bool:
    """A face on its side or upside down, more than `pose` allows; sure enough to say so."""
    return face.presence >= MINIMUM_PRESENCE and uprightness(face.pose) < limits.pose


def _quality_refusal(
    face: Face, limits: QualityLimits, reasons: tuple[tuple[str, Reason], ...]
) -> Reason | None:
    for measure, reason in reasons:
        if getattr(face.quality, measure) < getattr(limits, measure):
            return reason
    return None


def _liveness_refusal(face: Face) -> Reason | None:
    """A check that did not run is a refusal like one that cannot tell."""
    if face.liveness is None or face.liveness.verdict is LivenessVerdict.UNCLEAR:
        return Reason.LIVENESS_UNCLEAR
    if face.liveness.verdict is LivenessVerdict.SPOOF:
        return Reason.SPOOF_SUSPECTED
    return None


def session_refusal(
    sample: Sample, accepted: Iterable[Sample], *, same_person: float
) -> Reason | None:
    """What is wrong with a good picture beside the session's earlier ones.

    Args:
        same_person: least cosine to the fusion of the earlier samples.
    """
    earlier = list(accepted)
    if any(_repeats(sample, other) for other in earlier):
        return Reason.FRAME_REPEATED
    if earlier and similarity(sample.embedding, fuse([s.embedding for s in earlier])) < same_person:
        return Reason.DIFFERENT_PERSON
    return None


def _repeats(sample: Sample, other: Sample) -> bool:
    """The same bytes have the same fingerprint."""
    return fingerprint_distance(sample.fingerprint, other.fingerprint) <= NEAR_DUPLICATE_BITS
