"""A challenge: gestures in an order that nobody can foresee, each in its time.

The machine is pure: a state, a frame's appearance and the time make the next state and a verdict.
First the person looks straight ahead, and these frames become the reference that gestures are
judged by. Then each gesture is asked for, seen, and followed by a face at rest, which alone leads
to the next one: a gesture that is held, or a row of gestures from a recording, leads nowhere.

Times are seconds of the server's clock (Unix time). Only the current step is ever told.
"""

import secrets
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from typing import Any, Self

import msgspec

from faceplatform.conf import CapturePolicy
from faceplatform.liveness.gestures import (
    DELIBERATE,
    DISTANCES,
    TURNS,
    Appearance,
    Gesture,
    has_moved,
    is_at_rest,
    shown,
)

# Frames at rest that make the reference.
NEUTRAL_FRAMES = 3
# Nobody follows an instruction sooner after it was sent: a person needs this long to react to what
# is seen, even without the way of the answer and of the next frame.
LEAST_REACTION = 0.2
# Frames of another face that fail a challenge. A frame of a turned or laughing head is sometimes
# not recognized; each further one would be another try to pass for somebody else.
MOST_STRANGERS = 10

# Closed eyes measure .08 to .15. Of eyes that are hardly open at rest, a blink is not asked.
_LEAST_OPEN_TO_BLINK = 0.22
# Closed mouths measure up to .1, smiles with teeth .13 to .2. A mouth that opens from a smile
# measures little more than the smile, so of a mouth that smiles at rest this is not asked.
_MOST_SMILE_TO_OPEN = 0.12

# Of all challenges, the share that also asks for a blink: as many as of two gestures out of eight.
_SHARE_WITH_BLINK = 0.25

_FAR_NEAR = (Gesture.MOVE_BACK, Gesture.COME_CLOSER)


class Phase(StrEnum):
    NEUTRAL = "neutral"  # collects the reference
    GESTURE = "gesture"  # waits for the gesture that was asked for
    REST = "rest"  # waits for the face to be at rest
    PASSED = "passed"
    FAILED = "failed"


class Outcome(StrEnum):
    """The effect of a frame on a challenge."""

    AWAITED = "awaited"  # nothing yet
    SEEN = "seen"  # it shows the gesture that was asked for
    WRONG = "wrong"  # it shows another one
    EARLY = "early"  # it shows the gesture sooner than a person could react
    LATE = "late"  # the time for the step was over
    FAILED = "failed"  # the last fault that was allowed
    PASSED = "passed"  # it was the last one needed


LOOK_STRAIGHT = "look_straight"


@dataclass(frozen=True, slots=True)
class Prompt:
    """The current step, as it is told.

    Attributes:
        code: ``look_straight`` or a `Gesture`; None once the challenge is over.
        steps_done, steps_total: gestures.
        seconds_left: for this step; None where no time is set.
    """

    code: str | None
    steps_done: int
    steps_total: int
    seconds_left: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """The state of one session's challenge.

    Attributes:
        steps: the gestures, in their order.
        spares: after a fault one replaces the gesture and one more is added, so that a second try
            is not as easy for a recording as the first. Anybody can make them.
        done: gestures seen so far.
        neutral: frames of the reference so far; afterwards the reference alone.
        first_size: of the face when the session's first gesture was asked for; 0 before.
        told_at: when the current step was told.
        seen_at: the time of the latest frame that was judged.
    """

    steps: tuple[Gesture, ...]
    spares: tuple[Gesture, ...]
    done: int = 0
    phase: Phase = Phase.NEUTRAL
    neutral: tuple[Appearance, ...] = ()
    first_size: float = 0.0
    told_at: float = 0.0
    seen_at: float = 0.0
    faults: int = 0
    strangers: int = 0

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Return the state that `as_json` wrote.

        Raises:
            msgspec.ValidationError: it is none.
        """
        return msgspec.convert(value, cls)

    def as_json(self) -> dict[str, Any]:
        state: dict[str, Any] = msgspec.to_builtins(self)
        return state

    @property
    def has_passed(self) -> bool:
        return self.phase is Phase.PASSED

    @property
    def is_over(self) -> bool:
        return self.phase in {Phase.PASSED, Phase.FAILED}


def draw(policy: CapturePolicy, random: Random | None = None) -> Challenge:
    """Return a new challenge after a policy, unpredictable unless ``random`` is given."""
    random = random or secrets.SystemRandom()
    apart = {Gesture.BLINK, *(_FAR_NEAR if policy.challenge_motion else ())}
    pool = [g for g in Gesture if g not in apart]
    steps = random.sample(pool, min(policy.challenge_steps, len(pool)))
    # Only a head that turns shows depth. Drawn again, so that every order with a turn is as likely.
    while not TURNS.intersection(steps):
        steps = random.sample(pool, len(steps))
    # Eyes blink by themselves, on any recording too: a blink comes on top of the other gestures.
    if len(steps) < policy.challenge_steps or random.random() < _SHARE_WITH_BLINK:
        steps.insert(random.randint(0, len(steps)), Gesture.BLINK)
    if policy.challenge_motion:
        place = random.randint(0, len(steps))
        steps[place:place] = _FAR_NEAR
    replacing = [g for g in Gesture if g not in {*_FAR_NEAR, Gesture.BLINK}]
    # Two for each fault, and for eyes that are hardly open or a mouth that smiles.
    spares = random.choices(replacing, k=3 * policy.challenge_max_faults + 2)
    return Challenge(steps=tuple(steps), spares=tuple(spares))


def drawn_again(challenge: Challenge, policy: CapturePolicy) -> Challenge:
    """Return a new challenge that remembers the faults of an earlier one, each with its gesture."""
    again = replace(
        draw(policy),
        faults=challenge.faults,
        strangers=challenge.strangers,
        first_size=challenge.first_size,
    )
    for _ in range(challenge.faults):
        again = _with_one_more(again)
    return again


def repeated(challenge: Challenge, policy: CapturePolicy) -> tuple[Challenge, Outcome]:
    """Count a fault in a challenge that was passed without use, and draw another one."""
    challenge = replace(challenge, faults=challenge.faults + 1)
    if challenge.faults >= policy.challenge_max_faults:
        return replace(challenge, phase=Phase.FAILED), Outcome.FAILED
    return drawn_again(challenge, policy), Outcome.AWAITED


def is_moved(challenge: Challenge, frame: Appearance) -> bool:
    """Return True for a head that has moved from the reference, while gestures are asked for."""
    led = challenge.phase in {Phase.GESTURE, Phase.REST}
    return led and has_moved(frame, challenge.neutral[0])


def prompt_of(challenge: Challenge, policy: CapturePolicy, *, now: float) -> Prompt:
    code: str | None = None
    seconds_left = None
    if challenge.phase is Phase.GESTURE:
        code = challenge.steps[challenge.done]
    elif not challenge.is_over:
        code = LOOK_STRAIGHT
    if challenge.phase in {Phase.GESTURE, Phase.REST}:
        left = challenge.told_at + policy.challenge_step_seconds - now
        seconds_left = round(min(max(left, 0.0), policy.challenge_step_seconds), 1)
    return Prompt(code, challenge.done, len(challenge.steps), seconds_left)


def advance(
    challenge: Challenge,
    frame: Appearance,
    policy: CapturePolicy,
    *,
    is_neutral: bool,
    at: float,
    now: float,
    came_in: float | None = None,
) -> tuple[Challenge, Outcome]:
    """Judge one frame that shows the session's face, clearly and alone.

    Args:
        is_neutral: the frame is good enough to be matched: eyes open, mouth closed, facing the
            camera.
        at: when the frame was taken, as far as the server knows: when it came in, or earlier by
            its place in a clip. It tells a gesture that is too early. A frame that is not later
            than one judged before changes nothing.
        now: when the next step can be told: after `at`.
        came_in: when the server got the frame; None for `at`. It tells a frame that is too late: a
            clip can be posted long after it was made.
    """
    if challenge.is_over or at <= challenge.seen_at:
        return challenge, Outcome.PASSED if challenge.has_passed else Outcome.AWAITED
    challenge = replace(challenge, seen_at=at)
    if _is_late(challenge, policy, at if came_in is None else came_in):
        return _fault(challenge, policy, Outcome.LATE, now)
    match challenge.phase:
        case Phase.NEUTRAL:
            next_one = _collect(challenge, frame, now) if is_neutral else challenge
            return next_one, Outcome.AWAITED
        case Phase.GESTURE:
            return _judge_gesture(challenge, frame, policy, at=at, now=now)
    return _judge_rest(challenge, frame, now=now)


def count_late(
    challenge: Challenge, policy: CapturePolicy, *, came_in: float, now: float
) -> tuple[Challenge, Outcome]:
    """Count a fault if the time for the step is over, for a refused frame. It shows no gesture, but
    the time goes on: else a recording whose frames are refused could be played to its end."""
    if not _is_late(challenge, policy, came_in):
        return challenge, Outcome.AWAITED
    return _fault(challenge, policy, Outcome.LATE, now)


def _is_late(challenge: Challenge, policy: CapturePolicy, came_in: float) -> bool:
    """Return True if the time for the step was over when a frame came in."""
    is_timed = challenge.phase in {Phase.GESTURE, Phase.REST}
    return is_timed and came_in > challenge.told_at + policy.challenge_step_seconds


def count_stranger(challenge: Challenge) -> tuple[Challenge, Outcome]:
    """Count a frame that shows another face."""
    if challenge.is_over:
        return challenge, Outcome.AWAITED
    challenge = replace(challenge, strangers=challenge.strangers + 1)
    if challenge.strangers < MOST_STRANGERS:
        return challenge, Outcome.AWAITED
    return replace(challenge, phase=Phase.FAILED), Outcome.FAILED


def _collect(challenge: Challenge, frame: Appearance, now: float) -> Challenge:
    """Add a frame to the reference, or begin it again where the head has moved."""
    frames = (*challenge.neutral, frame)
    if challenge.neutral and not is_at_rest(frame, Appearance.median_of(challenge.neutral)):
        frames = (frame,)
    if len(frames) < NEUTRAL_FRAMES:
        return replace(challenge, neutral=frames)
    return _tell(replace(challenge, neutral=(Appearance.median_of(frames),)), frame, now)


def _tell(challenge: Challenge, frame: Appearance, now: float) -> Challenge:
    """Ask for the next gesture. It begins where the head is now: people sway, and whoever has come
    closer looks at the camera from another angle."""
    reference = replace(
        challenge.neutral[0], yaw=frame.yaw, pitch=frame.pitch, face_size=frame.face_size
    )
    while challenge.spares and challenge.steps[challenge.done] in _unreadable(reference):
        challenge = _with_another_gesture(challenge)
    return replace(
        challenge,
        phase=Phase.GESTURE,
        neutral=(reference,),
        first_size=challenge.first_size or frame.face_size,
        told_at=now,
    )


def _unreadable(reference: Appearance) -> set[Gesture]:
    """Return the gestures that this face can make, but that can hardly be told from its rest."""
    gestures = set()
    if reference.eye_opening < _LEAST_OPEN_TO_BLINK:
        gestures.add(Gesture.BLINK)
    if reference.mouth_opening > _MOST_SMILE_TO_OPEN:
        gestures.add(Gesture.OPEN_MOUTH)
    return gestures


def _judge_gesture(
    challenge: Challenge, frame: Appearance, policy: CapturePolicy, *, at: float, now: float
) -> tuple[Challenge, Outcome]:
    asked = challenge.steps[challenge.done]
    reference = challenge.neutral[0]
    seen = shown(frame, reference)
    # Whoever came closer may lean back meanwhile: a distance is a fault only if it is also one from
    # where the session began.
    size = challenge.first_size or reference.face_size
    from_first = shown(frame, replace(reference, face_size=size))
    unasked = seen & (DELIBERATE | DISTANCES & from_first) - {asked}
    if unasked:
        return _fault(challenge, policy, Outcome.WRONG, now)
    if asked not in seen:
        return challenge, Outcome.AWAITED
    if at < challenge.told_at + LEAST_REACTION:
        return _fault(challenge, policy, Outcome.EARLY, now)
    return (
        replace(challenge, done=challenge.done + 1, phase=Phase.REST, told_at=now),
        Outcome.SEEN,
    )


def _judge_rest(
    challenge: Challenge, frame: Appearance, *, now: float
) -> tuple[Challenge, Outcome]:
    if not is_at_rest(frame, challenge.neutral[0]):
        return challenge, Outcome.AWAITED
    if challenge.done == len(challenge.steps):
        return replace(challenge, phase=Phase.PASSED), Outcome.PASSED
    return _tell(challenge, frame, now), Outcome.AWAITED


def _fault(
    challenge: Challenge, policy: CapturePolicy, fault: Outcome, now: float
) -> tuple[Challenge, Outcome]:
    """Count a fault, and add a gesture. The face must be at rest before the next is asked for."""
    challenge = replace(challenge, faults=challenge.faults + 1)
    if challenge.faults >= policy.challenge_max_faults:
        return replace(challenge, phase=Phase.FAILED), Outcome.FAILED
    if challenge.phase is Phase.GESTURE:
        if fault is Outcome.LATE:
            challenge = _without_spare(challenge, challenge.steps[challenge.done])
        challenge = _with_another_gesture(challenge)
    return replace(_with_one_more(challenge), phase=Phase.REST, told_at=now), fault


def _with_another_gesture(challenge: Challenge) -> Challenge:
    """Replace the current gesture by a spare one. A distance stays.

    Another one also stays where the spare one is the same by chance: it was not shown.
    """
    steps, done = challenge.steps, challenge.done
    if steps[done] in _FAR_NEAR:
        return challenge
    return _with_spare(challenge, steps[:done], steps[done + 1 :])


def _without_spare(challenge: Challenge, gesture: Gesture) -> Challenge:
    """Ask no more for a gesture that did not come: perhaps this person cannot make it."""
    spares = tuple(spare for spare in challenge.spares if spare is not gesture)
    return replace(challenge, spares=spares)


def _with_one_more(challenge: Challenge) -> Challenge:
    """Add a spare gesture to the end."""
    return _with_spare(challenge, challenge.steps, ())


def _with_spare(
    challenge: Challenge, before: tuple[Gesture, ...], after: tuple[Gesture, ...]
) -> Challenge:
    """Put the next spare gesture between others; a turn, if there is one, where they have none."""
    spares = list(challenge.spares)
    if not spares:
        return challenge
    turns = [number for number, spare in enumerate(spares) if spare in TURNS]
    needs_turn = turns and not TURNS.intersection(before + after)
    spare = spares.pop(turns[0] if needs_turn else 0)
    return replace(challenge, steps=(*before, spare, *after), spares=tuple(spares))
