"""The scripts of a sandbox's sessions: each decides the scene of the frame in hand.

A script is a user id, or a note in the image (`engine.sandbox`), which goes first. Everything after
the measurement is the path of every other session.
"""

import re

from django.core.exceptions import ObjectDoesNotExist

from faceplatform.engine.base import Engine
from faceplatform.engine.registry import engine_of
from faceplatform.liveness.challenge import LEAST_REACTION, Phase
from faceplatform.matching.model import RecognitionModel
from faceplatform.sessions import challenges
from faceplatform.sessions.errors import SessionNotFound
from faceplatform.sessions.models import CaptureSession
from faceplatform.sessions.registry import AnyKind

# `sandbox-WORD` scripts the authentications of a user who enrolls well, `sandbox-enroll-WORD` the
# enrollments; whatever follows tells apart several users of one script.
_USER_ID = re.compile(r"sandbox-(?P<enroll>enroll-)?(?P<word>[a-z_]+)(-.*)?")
_OUTGROWN = "reenrollment_required"


def engine_for(kind: AnyKind, session: CaptureSession, *, at: float) -> Engine:
    """Return the engine that measures a frame of the session.

    Args:
        at: when the frame was taken, by `clock`.

    Raises:
        SessionNotFound: its user was erased.
        faceplatform.errors.SandboxNoteUnknown: its user id is no script.
    """
    if not session.is_sandbox:
        return engine_of(session)
    from faceplatform.engine import sandbox

    user_id = _user_id(session)
    asked = challenges.of(session)
    is_asked = asked is not None and asked.phase is Phase.GESTURE
    return sandbox.SandboxEngine(
        sandbox.Scene(
            person=user_id or sandbox.KNOWN_USER,
            word=_word(kind, user_id),
            awaited=asked.steps[asked.done] if asked and is_asked else "",
            is_due=asked is None or at >= asked.told_at + LEAST_REACTION,
        )
    )


def template_model_of(session: CaptureSession) -> RecognitionModel:
    """Return the model that the template of a session is kept as: that of its engine, but for the
    user whose script asks for one that has been replaced."""
    if session.is_sandbox and _parsed(_user_id(session)) == (False, _OUTGROWN):
        from faceplatform.engine.sandbox import OUTGROWN_MODEL

        return OUTGROWN_MODEL
    return engine_of(session).model


def _user_id(session: CaptureSession) -> str:
    """Return the id of the user that the session is about; "" for an identification."""
    try:
        return session.subject.user_id if session.subject_id is not None else ""
    except ObjectDoesNotExist as e:
        raise SessionNotFound from e


def _word(kind: AnyKind, user_id: str) -> str:
    """Return the word of the user id's script, if it is one for this kind of session."""
    of_enrollments, word = _parsed(user_id)
    return word if of_enrollments == (kind.name == "enrollment") else ""


def _parsed(user_id: str) -> tuple[bool, str]:
    """Return whether a script is of enrollments, and its word; "" for a user id that is none."""
    from faceplatform.engine.sandbox import checked

    if (script := _USER_ID.fullmatch(user_id)) is None:
        return False, ""
    return script["enroll"] is not None, checked(script["word"])
