"""The challenge of a session: kept in its row, led by its frames, told in its answers.

The rules are in `faceplatform.liveness`; here is their place in a session. All of a session's
state is in its ``liveness_state``, which each frame reads and writes with the rest of the row.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from faceplatform.conf import CapturePolicy
from faceplatform.engine.types import Face
from faceplatform.errors import EngineError
from faceplatform.liveness import challenge as machine
from faceplatform.liveness import texts
from faceplatform.liveness.challenge import Challenge, Outcome
from faceplatform.liveness.gestures import Appearance
from faceplatform.liveness.methods import has_challenge, has_passive
from faceplatform.sessions import clock, motion
from faceplatform.sessions.clock import Arrival
from faceplatform.sessions.models import CapturedSample, CaptureSession, all_live
from faceplatform.sessions.reasons import Reason

# The reason that an answer gives while the challenge goes on.
REASONS: dict[Outcome, Reason] = {
    Outcome.AWAITED: Reason.GESTURE_AWAITED,
    Outcome.SEEN: Reason.GESTURE_SEEN,
    Outcome.WRONG: Reason.GESTURE_WRONG,
    Outcome.EARLY: Reason.GESTURE_EARLY,
    Outcome.LATE: Reason.GESTURE_LATE,
    Outcome.PASSED: Reason.CHALLENGE_PASSED,
    Outcome.FAILED: Reason.LIVENESS_FAILED,
}


@dataclass(frozen=True, slots=True)
class ToldChallenge:
    """The challenge as an answer tells it: the current step, and no later one.

    Attributes:
        status: ``running``, ``passed`` or ``failed``.
        code, instruction: of the step; None once the challenge is over.
        seconds_left: for it; None where no time is set.
    """

    status: str
    code: str | None
    instruction: str | None
    steps_done: int
    steps_total: int
    seconds_left: float | None


def state_at_opening(policy: CapturePolicy, *, language: str | None) -> dict[str, Any] | None:
    """Return the ``liveness_state`` of a new session; None if its policy has no challenge."""
    if not has_challenge(policy):
        return None
    return {"challenge": machine.draw(policy).as_json(), "language": language}


def language_of(session: CaptureSession) -> str | None:
    """Return the language that the session's challenge was opened with, if any."""
    return (_state(session) or {}).get("language")


def of(session: CaptureSession) -> Challenge | None:
    """Return the session's challenge, whatever has become of it."""
    state = _state(session)
    return Challenge.from_json(state["challenge"]) if state and "challenge" in state else None


def is_pending(session: CaptureSession) -> bool:
    """Return True if the session has a challenge that has not been passed."""
    challenge = of(session)
    # A session that lost its challenge has not passed it.
    return has_challenge(session.capture_policy) and not (challenge and challenge.has_passed)


def checks_passed(session: CaptureSession, samples: Sequence[CapturedSample]) -> bool:
    """Return True if every liveness check of the session's policy ran and passed on its samples;
    False without any check."""
    policy = session.capture_policy
    return (
        policy.liveness != "off"
        and bool(samples)
        and (all_live(samples) or not has_passive(policy))
        and not is_pending(session)
    )


def shown_verified(session: CaptureSession, *, verified: bool) -> bool | None:
    """Return the `liveness_verified` of an answer: None where the policy has no check."""
    return None if session.capture_policy.liveness == "off" else verified


def further_frames(policy: CapturePolicy) -> int:
    """Return the number of frames that a session may take because of its challenge."""
    return policy.max_challenge_frames if has_challenge(policy) else 0


def lead(session: CaptureSession, face: Face, *, is_neutral: bool, arrival: Arrival) -> Outcome:
    """Show a frame of the session's person to its challenge, which must be pending.

    Args:
        is_neutral: the frame is good enough to be matched.
        arrival: of the frame.
    """
    now = clock.now()
    challenge, outcome = machine.advance(
        _pending(session),
        _appearance(face),
        session.capture_policy,
        is_neutral=is_neutral,
        at=min(arrival.taken_at, now),
        came_in=min(arrival.came_in, now),
        now=now,
    )
    _put(session, challenge)
    return outcome


def count_late(session: CaptureSession, arrival: Arrival) -> Outcome:
    """Count a fault if the time for the step was over when a refused frame came in; the challenge
    must be pending."""
    now = clock.now()
    challenge, outcome = machine.count_late(
        _pending(session), session.capture_policy, came_in=min(arrival.came_in, now), now=now
    )
    _put(session, challenge)
    return outcome


def count_stranger(session: CaptureSession) -> Outcome:
    """Count a frame of another person; the challenge must be pending."""
    challenge, outcome = machine.count_stranger(_pending(session))
    _put(session, challenge)
    return outcome


def begin_again(session: CaptureSession) -> None:
    """Draw a new challenge, if the session has one: the frames that it was led by are dropped."""
    if (challenge := of(session)) is not None:
        _put(session, machine.drawn_again(challenge, session.capture_policy))
        motion.forget(session)


def repeat(session: CaptureSession) -> Outcome:
    """Draw a new challenge because the one that was passed did not show depth; count a fault."""
    challenge = of(session)
    if challenge is None:
        raise ValueError("the session has no challenge")
    challenge, outcome = machine.repeated(challenge, session.capture_policy)
    _put(session, challenge)
    motion.forget(session)
    return outcome


def is_moved(session: CaptureSession, face: Face) -> bool:
    """Return True for a face that has moved from its reference while gestures are asked for."""
    challenge = of(session)
    return challenge is not None and machine.is_moved(challenge, _appearance(face))


def asks_gesture(session: CaptureSession) -> bool:
    """Return True while the current step is a gesture."""
    challenge = of(session)
    return challenge is not None and challenge.phase is machine.Phase.GESTURE


def told(session: CaptureSession, language: str) -> ToldChallenge | None:
    """Return the challenge for an answer; None if the session has none.

    Args:
        language: of the caller, where the session was opened without one.
    """
    if (challenge := of(session)) is None:
        return None
    prompt = machine.prompt_of(challenge, session.capture_policy, now=clock.now())
    code = prompt.code if session.is_open else None
    language = (_state(session) or {})["language"] or language
    # Gestures that a flat face made, or frames that a suspicion dropped, are worth nothing.
    has_passed = challenge.has_passed and session.reason != Reason.LIVENESS_FAILED
    return ToldChallenge(
        status="passed" if has_passed else "running" if code else "failed",
        code=code,
        instruction=None if code is None else texts.instruction(code, language),
        steps_done=prompt.steps_done,
        steps_total=prompt.steps_total,
        seconds_left=None if code is None else prompt.seconds_left,
    )


def told_as_json(session: CaptureSession, language: str) -> dict[str, Any] | None:
    challenge = told(session, language)
    return None if challenge is None else asdict(challenge)


def _pending(session: CaptureSession) -> Challenge:
    challenge = of(session)
    if challenge is None or challenge.is_over:
        raise ValueError("the session has no challenge that goes on")
    return challenge


def _put(session: CaptureSession, challenge: Challenge) -> None:
    session.liveness_state = {**(_state(session) or {}), "challenge": challenge.as_json()}


def _state(session: CaptureSession) -> dict[str, Any] | None:
    state: dict[str, Any] | None = session.liveness_state
    return state


def _appearance(face: Face) -> Appearance:
    if face.gestures is None:
        raise EngineError("The engine measured a face without its gestures")
    return Appearance(
        yaw=face.pose.yaw,
        pitch=face.pose.pitch,
        mouth_opening=face.gestures.mouth_opening,
        eye_opening=face.gestures.eye_opening,
        face_size=face.gestures.face_size,
    )
