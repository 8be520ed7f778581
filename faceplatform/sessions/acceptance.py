"""Acceptance of one frame: pure decisions on the engine's measurement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from faceplatform.conf import CapturePolicy, QualityLimits
from faceplatform.engine.decoding.fingerprint import NEAR_DUPLICATE_BITS, fingerprint_distance
from faceplatform.engine.stages.pose import uprightness
from faceplatform.engine.types import Face, FrameAnalysis, LivenessLack, LivenessVerdict
from faceplatform.liveness.fusion import fused_score
from faceplatform.liveness.methods import has_passive
from faceplatform.matching.embeddings import Embedding, fuse, similarity
from faceplatform.sessions.reasons import Reason

# The least presence of a face that is surely there: more than the engine demands before it
# recognizes one (`faces.CONFIRMED_PRESENCE`). Of 3,539 photographs of LFW that pass every other
# check the lowest has 0.996; half of the turned ones that slip past the mesh's second look have
# less than 0.9.
MINIMUM_PRESENCE = 0.99
# Where the detector is in doubt too, the mesh must be surer. Of the same photographs none is below
# both values, and only one in a thousand has so little presence. Of faces covered below the nose
# that pass every other check, half are below both.
_DOUBTED_DETECTION = 0.8
_PRESENCE_IN_DOUBT = 1 - 4.5e-5

# The `brightness` below which a face that is not clear is told to find more light. In a
# thirty-second of the light noise makes dark faces odd (`appearance.MOST_ODDNESS`) that nothing
# covers: 19 of 19 had less than 0.4. LFW's darkest face as taken has 0.88.
_DIM = 0.5

# The reason each quality measure gives, in the order in which a person would correct them.
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
# Checked later: features can be read only from a face that is surely there.
_EXPRESSION_REASONS: tuple[tuple[str, Reason], ...] = (
    # Behind dark glasses eyes may seem closed.
    ("eyes_uncovered", Reason.EYES_COVERED),
    ("eyes_open", Reason.EYES_CLOSED),
    ("mouth_closed", Reason.MOUTH_OPEN),
)

# The least fused score of several frames, each of which is live by itself: log-odds of 0.5. It
# refuses sessions whose frames are all barely live. It refused none of 13 portraits that passed
# frame by frame, and no synthetic attack either (`bench.passive_liveness`): the single frames
# decide, and fusion does not replace them.
LIVE_TOGETHER = 0.62

# The reason for each fault of a frame whose liveness cannot be told, if it has one of its own.
_LIVENESS_REASONS: dict[LivenessLack | None, Reason] = {
    LivenessLack.ROOM: Reason.MORE_ROOM,
    LivenessLack.SIZE: Reason.FACE_TOO_SMALL,
    LivenessLack.DETAIL: Reason.BLURRED,
}


# Reasons to refuse a frame for matching that do not keep it from showing a gesture.
OF_GESTURES = frozenset(
    {
        Reason.FACE_TURNED,
        Reason.FACE_TOO_SMALL,
        Reason.BLURRED,
        Reason.EYES_CLOSED,
        Reason.MOUTH_OPEN,
        Reason.LIVENESS_UNCLEAR,
        Reason.MORE_ROOM,
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A frame with one good face."""

    embedding: Embedding
    fingerprint: bytes


def frame_refusal(analysis: FrameAnalysis, policy: CapturePolicy) -> Reason | None:
    """Return the reason to refuse the frame by itself, or None."""
    if not analysis.boxes:
        return Reason.NO_FACE
    if analysis.face is None:
        return Reason.MULTIPLE_FACES
    # First of all: no other advice would help with a turned image.
    if _is_turned(analysis.face, policy.quality):
        return Reason.PICTURE_TURNED
    if refusal := _quality_refusal(analysis.face, policy.quality, _QUALITY_REASONS):
        return refusal
    if refusal := _unclear_refusal(analysis.face):
        return refusal
    if refusal := _quality_refusal(analysis.face, policy.quality, _EXPRESSION_REASONS):
        return refusal
    if has_passive(policy):
        return _liveness_refusal(analysis.face)
    return None


def gesture_refusal(analysis: FrameAnalysis, policy: CapturePolicy) -> Reason | None:
    """Return the reason for which a frame that `frame_refusal` refuses shows no gesture, or None.

    It may be turned, blurred by the movement, smaller, with closed eyes or an open mouth, or of a
    kind that the passive check cannot tell; but one face must be there, surely and whole. The
    caller compares it with the session's.
    """
    refusal = frame_refusal(analysis, policy)
    if refusal not in OF_GESTURES or analysis.face is None:
        return refusal
    others = tuple(each for each in _QUALITY_REASONS if each[1] not in OF_GESTURES)
    if reason := _quality_refusal(analysis.face, policy.quality, others):
        return reason
    return _unclear_refusal(analysis.face)


def _unclear_refusal(face: Face) -> Reason | None:
    """Return None if the face is surely there: detector and mesh must not both be in doubt.

    Otherwise return the reason that helps: in the dark that is more light.
    """
    doubted = face.box.confidence < _DOUBTED_DETECTION
    if face.presence >= (_PRESENCE_IN_DOUBT if doubted else MINIMUM_PRESENCE):
        return None
    return Reason.TOO_DARK if face.quality.brightness < _DIM else Reason.FACE_UNCLEAR


def _is_turned(face: Face, limits: QualityLimits) -> bool:
    """Return True if the face is surely there, and on its side or upside down beyond `pose`."""
    return face.presence >= MINIMUM_PRESENCE and uprightness(face.pose) < limits.pose


def _quality_refusal(
    face: Face, limits: QualityLimits, reasons: tuple[tuple[str, Reason], ...]
) -> Reason | None:
    for measure, reason in reasons:
        if getattr(face.quality, measure) < getattr(limits, measure):
            return reason
    return None


def _liveness_refusal(face: Face) -> Reason | None:
    """Return the reason of a failed check, or None. A check that did not run is unclear."""
    if face.liveness is None:
        return Reason.LIVENESS_UNCLEAR
    if face.liveness.verdict is LivenessVerdict.UNCLEAR:
        return _LIVENESS_REASONS.get(face.liveness.lack, Reason.LIVENESS_UNCLEAR)
    if face.liveness.verdict is LivenessVerdict.SPOOF:
        return Reason.SPOOF_SUSPECTED
    return None


def liveness_refusal_together(scores: Sequence[float | None]) -> Reason | None:
    """Return the reason to refuse a frame that is live by itself because of all scores, or None.

    Args:
        scores: of the session's samples and of the frame; None where the check did not run.
    """
    known = [score for score in scores if score is not None]
    if len(known) < len(scores):
        return Reason.LIVENESS_UNCLEAR
    fused = fused_score(known)
    several = len(known) > 1
    return Reason.SPOOF_SUSPECTED if several and fused and fused < LIVE_TOGETHER else None


def session_refusal(
    sample: Sample, accepted: Iterable[Sample], *, same_person: float
) -> Reason | None:
    """Return the reason to refuse a good frame because of the session's earlier ones, or None.

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
    """Return True if the frames are nearly equal. Equal bytes have equal fingerprints."""
    return fingerprint_distance(sample.fingerprint, other.fingerprint) <= NEAR_DUPLICATE_BITS
