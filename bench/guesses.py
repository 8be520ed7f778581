"""The share of challenges that a recording passes by chance, knowing nothing of them, by policy.

python -m bench.guesses [--sessions N]

The recording shows every gesture once, in an order of its own, and starts again; it cannot hear. A
cunning one closes the eyes before each other gesture: a blink that nobody asked for is no fault.
The challenge's own machine judges it, without images: each gesture is shown perfectly, so this is
the share that no measuring of faces can lower, only the policy.
"""

from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import replace
from random import Random

from faceplatform.conf import CapturePolicy
from faceplatform.evaluation.proportions import Proportion
from faceplatform.liveness import challenge
from faceplatform.liveness.gestures import Appearance, Gesture

_FRAMES_A_SECOND = 4
# Of a gesture, and of the way back: the shortest that the frames show.
_GESTURE_FRAMES, _REST_FRAMES = 2, 2
_MOST_FRAMES = 4000
_STEPS = (1, 2, 3, 4)
_FAULTS = (1, 2, 3)

_REST = Appearance(yaw=0, pitch=0, mouth_opening=0, eye_opening=0.3, face_size=0.2)
_SHOWN = {
    Gesture.TURN_LEFT: replace(_REST, yaw=25),
    Gesture.TURN_RIGHT: replace(_REST, yaw=-25),
    Gesture.LOOK_UP: replace(_REST, pitch=18),
    Gesture.LOOK_DOWN: replace(_REST, pitch=-18),
    Gesture.OPEN_MOUTH: replace(_REST, mouth_opening=0.6),
    Gesture.BLINK: replace(_REST, eye_opening=0.08),
    Gesture.COME_CLOSER: replace(_REST, face_size=0.3),
    Gesture.MOVE_BACK: replace(_REST, face_size=0.14),
}


def passes(policy: CapturePolicy, random: Random, *, cunning: bool = False) -> bool:
    """Return True if a recording in a random order passes one challenge."""
    state, now = challenge.draw(policy, random), 100.0
    recording = _recording(random, cunning=cunning)
    for frame, _ in zip(recording, range(_MOST_FRAMES), strict=False):
        now += 1 / _FRAMES_A_SECOND
        state, _ = challenge.advance(
            state, frame, policy, is_neutral=frame is _REST, at=now, now=now
        )
        if state.is_over:
            break
    return state.has_passed


def _recording(random: Random, *, cunning: bool) -> Iterator[Appearance]:
    yield from [_REST] * challenge.NEUTRAL_FRAMES
    order = random.sample(list(Gesture), len(Gesture))
    if cunning:
        others = [gesture for gesture in order if gesture is not Gesture.BLINK]
        order = [each for gesture in others for each in (Gesture.BLINK, gesture)]
    while True:
        for gesture in order:
            yield from [_SHOWN[gesture]] * _GESTURE_FRAMES
            yield from [_REST] * _REST_FRAMES


def main() -> None:
    parser = ArgumentParser(prog="python -m bench.guesses")
    parser.add_argument("--sessions", type=int, default=2000, help="of each policy (2000)")
    sessions = parser.parse_args().sessions
    print(
        f"Challenges passed by a recording in its own order, {sessions} sessions each, in percent"
    )
    for name, cunning in (("each gesture once", False), ("a blink before each", True)):
        print(f"\n{name}")
        _print_table(sessions, cunning=cunning)


def _print_table(sessions: int, *, cunning: bool) -> None:
    print(f"{'challenge_steps':<18}" + "".join(f"{f'{n} faults':<22}" for n in _FAULTS))
    for steps in _STEPS:
        cells = []
        for faults in _FAULTS:
            policy = CapturePolicy(challenge_steps=steps, challenge_max_faults=faults)
            random = Random(0)  # noqa: S311
            count = sum(passes(policy, random, cunning=cunning) for _ in range(sessions))
            passed = Proportion(count, sessions)
            low, high = passed.interval or (0.0, 1.0)
            share = 100 * (passed.rate or 0.0)
            cells.append(f"{f'{share:.1f} ({100 * low:.1f}-{100 * high:.1f})':<22}")
        print(f"{steps:<18}" + "".join(cells))


if __name__ == "__main__":
    main()
