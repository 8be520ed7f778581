"""The numbers that a caller gives to the frames of a session, which must not contradict each other.

Frames that are posted at the same time come in any order, so a number may be lower than the highest
one so far by less than `IN_FLIGHT`. Numbers may be left out.
"""

from collections.abc import Callable, Sequence

# Frames that a caller may have on the way at the same time.
IN_FLIGHT = 8
# The highest number that a frame may have.
HIGHEST = 2**31 - 1

Numbered = tuple[int, str]  # a frame's number, and a code of its image


def fits(
    numbered: Sequence[Numbered], new: Numbered, *, is_same: Callable[[str, str], bool]
) -> bool:
    """Return True if a frame may have its number after those before.

    Args:
        numbered: the frames before, as `with_number` leaves them.
        is_same: tells whether two codes are of one image, which may be sent again.
    """
    if not numbered:
        return True
    number, code = new
    if number <= max(earlier for earlier, _ in numbered) - IN_FLIGHT:
        return False
    return all(is_same(code, other) for earlier, other in numbered if earlier == number)


def next_number(numbered: Sequence[Numbered]) -> int | None:
    """Return a number that any new frame may have; None before the first one, and after the highest
    number there is: further frames have none."""
    if not numbered:
        return None
    highest = max(number for number, _ in numbered)
    return highest + 1 if highest < HIGHEST else None


def with_number(numbered: Sequence[Numbered], new: Numbered) -> list[Numbered]:
    """Return the frames with a new one, without those that its number leaves behind."""
    frames = [*(each for each in numbered if each[0] != new[0]), new]
    highest = max(number for number, _ in frames)
    return [each for each in frames if each[0] > highest - IN_FLIGHT]
