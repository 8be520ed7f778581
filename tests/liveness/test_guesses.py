"""A recording that cannot hear passes a challenge by chance, and less often the stricter it is."""

from random import Random

import pytest

from bench.guesses import passes
from faceplatform.conf import CapturePolicy


@pytest.mark.parametrize(
    ("steps", "faults", "most"), [(2, 3, 0.06), (2, 2, 0.05), (2, 1, 0.04), (3, 2, 0.02)]
)
@pytest.mark.parametrize("cunning", [False, True])
def test_a_recording_in_its_own_order_seldom_passes(steps, faults, most, cunning):
    policy = CapturePolicy(challenge_steps=steps, challenge_max_faults=faults)
    random = Random(0)
    assert sum(passes(policy, random, cunning=cunning) for _ in range(400)) / 400 <= most
