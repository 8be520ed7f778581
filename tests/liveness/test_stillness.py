"""A picture is stiller than a face."""

import pytest

from faceplatform.liveness.stillness import Stillness, continued

PICTURE, FACE = 0.999, 0.99


def longest(cosines: list[float], *, pace: float) -> bool:
    """Return True if a row of frames is too still, the first one of which had no sample before."""
    row: Stillness | None = None
    times = [number * pace for number in range(len(cosines) + 1)]
    for number, at in enumerate(times):
        row = continued(row, cosines[number - 1 : number] * number, at=at)
    return row is not None and row.is_too_long(times[-1])


@pytest.mark.parametrize(
    ("cosines", "pace", "still"),
    [
        ([PICTURE] * 3, 1.0, True),
        ([PICTURE] * 20, 0.1, True),
        ([PICTURE] * 2, 2.0, False),  # a frame that was sent again
        ([PICTURE] * 5, 0.1, False),  # a moment
        ([FACE] * 20, 1.0, False),
        ([PICTURE, PICTURE, FACE, PICTURE], 1.0, False),
        ([FACE, PICTURE, PICTURE, PICTURE, PICTURE], 1.0, True),
    ],
)
def test_a_row_of_frames(cosines, pace, still):
    assert longest(cosines, pace=pace) is still


def test_a_slow_change_is_no_stillness():
    row = Stillness(since=0, frames=9, first=1)
    assert continued(row, [0.2, 0.999, 0.999], at=9) == Stillness(since=0, frames=10, first=1)
    assert continued(row, [0.2, 0.990, 0.999], at=9) == Stillness(since=9, frames=1, first=2)
