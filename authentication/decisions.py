"""Decisions on a probe: pure functions of similarity, frames and policy."""

from dataclasses import dataclass
from enum import StrEnum

from enrollment.gallery import Hit
from faceplatform.conf import CapturePolicy
from faceplatform.matching.calibration import Calibration


class Verdict(StrEnum):
    MATCH = "match"
    UNDECIDED = "undecided"
    NO_MATCH = "no_match"


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict, the hit it is about, and the calibrated score of that hit (0..1)."""

    verdict: Verdict
    hit: Hit | None
    score: float | None


def decide(
    hits: list[Hit],
    *,
    comparisons: int,
    probe_frames: int,
    least_frames: int,
    policy: CapturePolicy,
    calibration: Calibration,
) -> Decision:
    """Judge a probe of ``probe_frames`` fused frames by the hits it was compared with.

    A match is a cosine above the threshold for these numbers of frames, comparisons and looks: the
    policy's false match rate is that of the whole session. Of several, the one furthest above its
    threshold counts. Below, the session goes on until the policy's number of probe frames is
    reached.

    Args:
        comparisons: templates compared: 1 in a verification, the gallery's size in a search.
        least_frames: a match on fewer probe frames is still undecided.
    """
    best, margin = None, 0.0
    for hit in hits:
        threshold = calibration.threshold(
            policy.false_match_rate,
            template_frames=hit.sample_count,
            probe_frames=probe_frames,
            comparisons=comparisons,
            looks=policy.probe_frames,
        )
        if best is None or hit.cosine - threshold > margin:
            best, margin = hit, hit.cosine - threshold
    score = None
    if best is not None:
        score = calibration.score(
            best.cosine, template_frames=best.sample_count, probe_frames=probe_frames
        )
    if best is not None and margin >= 0:
        cleared = probe_frames >= least_frames
        return Decision(Verdict.MATCH if cleared else Verdict.UNDECIDED, best, score)
    exhausted = probe_frames >= policy.probe_frames
    return Decision(Verdict.NO_MATCH if exhausted else Verdict.UNDECIDED, best, score)
