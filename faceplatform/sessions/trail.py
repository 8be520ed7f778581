"""The trail that the frames of a session leave in its row, if a liveness check is on.

It says which images came, in which order, with which numbers, and for how long a face has been
still. An image is a code: the keyed numbers of its fingerprint's bands (`replay.bands_of`), which
tell nothing without the key and nothing about a face. The trail goes when the session ends.
"""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from faceplatform.liveness import loops, ordering, stillness
from faceplatform.liveness.stillness import Stillness
from faceplatform.matching.embeddings import similarity
from faceplatform.sessions import replay
from faceplatform.sessions.acceptance import Sample
from faceplatform.sessions.models import MAIN_API, CaptureSession
from faceplatform.sessions.reasons import Reason

_KEY = "trail"
_BYTES = 4  # of each band's number
# Bands that two frames of one image have in common at least. Each bit that differs spoils one band
# at most, so none that is within `NEAR_DUPLICATE_BITS` (8) is missed.
_IN_COMMON = 8


def refusal(session: CaptureSession, fingerprint: bytes, number: int | None) -> Reason | None:
    """Add a frame to the trail, in memory; return the reason to refuse it because of those before.

    Args:
        number: what the caller numbered it with, if at all.
    """
    code = _code_of(session, fingerprint)
    trail = _trail(session)
    if number is not None:
        numbered = _numbered(trail)
        if not ordering.fits(numbered, (number, code), is_same=_is_same):
            return Reason.FRAME_ORDER
        trail["numbers"] = ordering.with_number(numbered, (number, code))
    earlier = trail.get("images", [])
    trail["images"] = loops.with_frame(earlier, code, is_same=_is_same)
    _put(session, trail)
    came_again = loops.is_loop(trail["images"], is_same=_is_same)
    return Reason.FRAME_LOOPED if came_again else None


def next_number(session: CaptureSession) -> int | None:
    """Return the number with which a caller that has lost count goes on; None before the first."""
    return ordering.next_number(_numbered(_trail(session)))


def stillness_refusal(
    session: CaptureSession, sample: Sample, earlier: Sequence[Sample], *, at: float
) -> Reason | None:
    """Add a good face to the trail, in memory; return the reason to refuse it if it is too still.

    Frames of the older APIs and of imports have no times of their own: they come in one call.

    Args:
        earlier: the session's samples.
        at: when the frame was taken, in seconds.
    """
    if session.source != MAIN_API:
        return None
    trail = _trail(session)
    row = Stillness(*trail["still"]) if trail.get("still") else None
    cosines = [similarity(sample.embedding, each.embedding) for each in earlier]
    row = stillness.continued(row, cosines, at=at)
    _put(session, trail | {"still": [row.since, row.frames, row.first]})
    return Reason.FACE_STILL if row.is_too_long(at) else None


def forget_stillness(session: CaptureSession) -> None:
    """Begin to look for stillness again, in memory: the session's samples are dropped."""
    if trail := _trail(session):
        _put(session, trail | {"still": None})


def forget(session: CaptureSession) -> None:
    """Drop the trail, in memory."""
    if session.liveness_state is not None:
        kept = {name: part for name, part in session.liveness_state.items() if name != _KEY}
        session.liveness_state = kept or None


def _trail(session: CaptureSession) -> dict[str, Any]:
    return dict((session.liveness_state or {}).get(_KEY, {}))


def _numbered(trail: dict[str, Any]) -> list[ordering.Numbered]:
    return [(number, code) for number, code in trail.get("numbers", [])]


def _put(session: CaptureSession, trail: dict[str, Any]) -> None:
    session.liveness_state = {**(session.liveness_state or {}), _KEY: trail}


def _code_of(session: CaptureSession, fingerprint: bytes) -> str:
    key = settings.FACEPLATFORM_REPLAY_KEY.encode()
    name = f"{session.public_id}:".encode()
    digests = (
        hmac.digest(key, b"%b%d:%b" % (name, band, part), hashlib.sha256)
        for band, part in enumerate(replay.bands_of(fingerprint))
    )
    return b64encode(b"".join(digest[:_BYTES] for digest in digests)).decode()


def _is_same(a: str, b: str) -> bool:
    """Return True if two codes are of one image, or of two that can hardly be told apart."""
    if a == b:
        return True
    ours, theirs = b64decode(a), b64decode(b)
    places = range(0, len(ours), _BYTES)
    common = sum(ours[at : at + _BYTES] == theirs[at : at + _BYTES] for at in places)
    return common >= _IN_COMMON
