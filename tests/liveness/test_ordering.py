"""Numbers of frames, and images that come again in a row."""

from operator import eq

import pytest

from faceplatform.liveness import loops, ordering


def contradictions(frames: list[tuple[int, str]]) -> list[int]:
    """Return the places of the frames that are refused."""
    kept: list[ordering.Numbered] = []
    refused = []
    for place, frame in enumerate(frames):
        if ordering.fits(kept, frame, is_same=eq):
            kept = ordering.with_number(kept, frame)
        else:
            refused.append(place)
        assert len(kept) <= ordering.IN_FLIGHT
    return refused


@pytest.mark.parametrize(
    ("numbers", "images", "refused"),
    [
        (range(40), range(40), []),
        ([5, 100, 101, 9000], range(4), []),  # some were left out
        ([0, 3, 1, 2, 7, 4, 6, 5], range(8), []),  # several at once
        ([1, 2, 2, 3], [1, 2, 2, 3], []),  # sent again
        ([1, 2, 2, 3], [1, 2, 9, 3], [2]),
        ([1, 1, 1], range(3), [1, 2]),
        ([20, 13, 12], range(3), [2]),
        ([30, 1, 2, 31], range(4), [1, 2]),
    ],
)
def test_numbers(numbers, images, refused):
    assert contradictions([(n, str(i)) for n, i in zip(numbers, images, strict=True)]) == refused


def first_loop(images: str) -> int | None:
    """Return the place of the image at which a loop is seen."""
    codes: list[str] = []
    for place, image in enumerate(images):
        codes = loops.with_frame(codes, image, is_same=eq)
        assert len(codes) <= loops.MOST_KEPT
        if loops.is_loop(codes, is_same=eq):
            return place
    return None


LONG = "".join(map(chr, range(100, 100 + loops.MOST_KEPT - loops.LEAST_REPEATED)))


@pytest.mark.parametrize(
    ("images", "seen"),
    [
        ("abcdefg" * 2, 11),
        ("abcabcabc", 7),
        ("xyz" + "abcdef" * 2, 13),
        ("aabbccddeeff" * 2, 20),  # each twice
        (LONG * 2, len(LONG) + loops.LEAST_REPEATED - 1),
        (LONG + "xyz" + LONG, None),  # longer than what is kept
        ("a" * 60, None),  # a still, which is another fault
        ("ababababab", None),  # a head that nods
        ("abcdXabcdYabcd", None),  # one gesture as before, and then something else
        ("abcdefedcba", None),
    ],
)
def test_loops(images, seen):
    assert first_loop(images) == seen
