"""A loop: frames that come again in the same order."""

from collections.abc import Callable, Sequence

# Images in a row that come again. A face at rest may look as it did before, and so may a gesture.
# No person makes so many different images again, one after the other.
LEAST_REPEATED = 5
# The latest images of a session; the longest loop that is seen has `LEAST_REPEATED` less.
MOST_KEPT = 40


def with_frame(codes: Sequence[str], new: str, *, is_same: Callable[[str, str], bool]) -> list[str]:
    """Return the codes of the latest images, with a new one unless it is the one before."""
    if codes and is_same(codes[-1], new):
        return list(codes)
    return [*codes, new][-MOST_KEPT:]


def is_loop(codes: Sequence[str], *, is_same: Callable[[str, str], bool]) -> bool:
    """Return True if the last `LEAST_REPEATED` images came before in the same order.

    Args:
        codes: of images, each unlike the one before.
    """
    last = codes[-LEAST_REPEATED:]
    # A head that nods or shakes goes back and forth between two images.
    if len(last) < LEAST_REPEATED or is_same(last[0], last[2]):
        return False
    return any(
        all(map(is_same, last, codes[start : start + LEAST_REPEATED]))
        for start in range(len(codes) - LEAST_REPEATED)
    )
