"""A recording that cannot hear passes a challenge by chance, and less often the stricter it is."""

from random import Random

import pytest

from bench.guesses import passes
from faceplatform.conf import CapturePolicy


@pytest.mark.parametrize(
    ("steps", "faults", "most"), [(2, 3, 0.24), (2, 1, 0.09), (3, 2, 0.06), (4, 1, 0.02)]
)
def test_a_recording_in_its_own_order_seldom_passes(steps, faults, most):
    policy = CapturePolicy(challenge_steps=steps, challenge_max_faults=faults)
    random = Random(0)
    assert sum(passes(policy, random) for _ in range(300)) / 300 <= most
