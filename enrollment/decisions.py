"""Decisions of an enrollment: pure functions of its samples and the policy."""

from enum import StrEnum

from enrollment.gallery import SearchResult
from faceplatform.conf import CapturePolicy
from faceplatform.matching.calibration import Calibration


class NextStep(StrEnum):
    COLLECT = "collect"
    COMPLETE = "complete"


class Duplicate(StrEnum):
    NONE = "none"
    FLAG = "flag"
    REFUSE = "refuse"


def next_step(*, collected: int, target: int) -> NextStep:
    return NextStep.COMPLETE if collected >= target else NextStep.COLLECT


def duplicate(
    found: SearchResult,
    *,
    own_subject: int,
    sample_count: int,
    policy: CapturePolicy,
    calibration: Calibration,
) -> Duplicate:
    """Return the policy's action if the new template is of another user's face, else NONE.

    The new template is the probe of the search: ``sample_count`` frames are fused in it.
    """
    if policy.duplicate_face == "allow":
        return Duplicate.NONE
    for hit in found.hits:
        threshold = calibration.threshold(
            policy.identification_false_match_rate,
            template_frames=hit.sample_count,
            probe_frames=sample_count,
            comparisons=found.size,
        )
        if hit.subject_pk != own_subject and hit.cosine >= threshold:
            return Duplicate(policy.duplicate_face)
    return Duplicate.NONE


def progress(*, collected: int, target: int) -> float:
    """Return the percentage, with one decimal."""
    return round(100 * min(collected, target) / target, 1)
