"""A face that is stiller than a living one: a picture that is held, or sent again and again.

Embeddings of a living face differ from frame to frame, as it breathes, blinks and sways. Those of
one picture that is held differ by noise and compression; those of one that is cropped and turned on
purpose may differ by more, and pass. The numbers are in `docs/liveness.md`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

# The least cosine of two frames of one picture.
STILL_COSINE = 0.997
# A still face is one for so long, over so many frames: a face can be still for a moment, and a call
# that got no answer sends its frame again.
STILL_SECONDS = 2.0
STILL_FRAMES = 4


@dataclass(frozen=True, slots=True)
class Stillness:
    """A row of frames, each but its first like the sample before the row and all samples since.

    Attributes:
        since: when its first frame was taken, in seconds.
        frames: its length.
        first: the place of the first one of these samples among the session's.
    """

    since: float
    frames: int
    first: int

    def is_too_long(self, at: float) -> bool:
        """Return True if no living face was as still until then."""
        return self.frames >= STILL_FRAMES and at - self.since >= STILL_SECONDS


def continued(row: Stillness | None, cosines: Sequence[float], *, at: float) -> Stillness:
    """Return the row of which a new frame is the last one, or the first.

    Args:
        cosines: of the frame to each of the session's samples.
        at: when the frame was taken, in seconds.
    """
    alike = cosines[row.first :] if row else []
    if row is None or not alike or min(alike) < STILL_COSINE:
        # The latest sample stays to be compared with: a challenge may take no further one.
        return Stillness(since=at, frames=1, first=max(0, len(cosines) - 1))
    return replace(row, frames=row.frames + 1)
