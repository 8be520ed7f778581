"""The verdict of `flat_motion` over the comparisons of a session: numbers alone, no image.

Apart from the comparison, because a process that compares nothing must not load OpenCV.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

# Fewer tracks say nothing: a photograph that is bent and turned far hides most of its features, and
# the tracks that are left err.
LEAST_TRACKS = 40
# Motions below so many pixels (a hand's tremor, a face held still) say nothing.
LEAST_MOTION = 1.0
# Nor does what moved less than this share of the farthest: the sway of somebody who waits would
# outvote the turn.
_LEAST_OF_FARTHEST = 0.5


class Motion(StrEnum):
    FLAT = "flat"
    SOLID = "solid"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Parallax:
    """The comparison of two patches. Nothing in it identifies a person.

    Attributes:
        tracks: the number of features that were followed.
        motion: pixels by which tracks moved, apart from shift, scale and rotation in the image.
        residual: pixels that no moved, turned or bent sheet explains.
    """

    tracks: int
    motion: float
    residual: float

    @property
    def is_informative(self) -> bool:
        return self.tracks >= LEAST_TRACKS and self.motion >= LEAST_MOTION

    @property
    def strength(self) -> float:
        """Return the residual, in pixels, times its share of the motion.

        Noise leaves a residual too, but a small one; a plane that is turned far leaves a larger
        one, but a small share. The product separates both from heads better than either.
        """
        return self.residual**2 / max(self.motion, LEAST_MOTION)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a verdict: flat below the first strength, solid from the second on, in pixels
    of a patch of MOST_PATCH_SIDE."""

    flat_below: float
    solid_from: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """The verdict over all comparisons of a session.

    Attributes:
        motion: ``unclear`` if no comparison was informative, or between the limits.
        strength: the median of the informative comparisons; None without any.
        comparisons: the number of informative ones that moved far.
        tracks: the number of tracks in them.
    """

    motion: Motion
    strength: float | None
    comparisons: int
    tracks: int


# Between photographs, also bent and turned far, of which `manage.py evaluate_motion` measures 0.06
# and less, and heads, of which it measures 0.27 and more. Nearer to the heads, as a session may
# have one comparison, which errs more than the median of seven.
LIMITS = Limits(flat_below=0.2, solid_from=0.28)


def judge(comparisons: Iterable[Parallax], limits: Limits = LIMITS) -> Evidence:
    """Return the verdict over a session's comparisons, by the median of those that moved far."""
    told = [each for each in comparisons if each.is_informative]
    if not told:
        return Evidence(motion=Motion.UNCLEAR, strength=None, comparisons=0, tracks=0)
    farthest = max(each.motion for each in told)
    told = [each for each in told if each.motion >= _LEAST_OF_FARTHEST * farthest]
    strength = median(each.strength for each in told)
    if strength < limits.flat_below:
        motion = Motion.FLAT
    else:
        motion = Motion.SOLID if strength >= limits.solid_from else Motion.UNCLEAR
    return Evidence(
        motion=motion,
        strength=strength,
        comparisons=len(told),
        tracks=sum(each.tracks for each in told),
    )
