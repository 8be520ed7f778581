"""The stream of a session: one at a time, and the latest one counts."""

import hashlib
import secrets
from typing import Any

from django.core.cache import cache

from faceplatform.errors import FaceplatformError
from faceplatform.sessions.following import FrameStream

_KEPT = "frames"
_NAME = "name"
# As long as a session may live at most.
_SECONDS = 3600


class StreamSuperseded(FaceplatformError):
    """Another stream was opened for the session: a page that reconnects need not wait."""

    code = "stream_superseded"
    status = 409
    title = "Another stream of this session was opened later"


def frames_of(shared: dict[str, Any], token: str) -> FrameStream:
    """Return the frames of a stream so far.

    Args:
        shared: what the calls of one stream share.
        token: of the session, by which streams of all processes are told apart.

    Raises:
        StreamSuperseded
    """
    key = f"stream:{hashlib.sha256(token.encode()).hexdigest()}"
    if _NAME not in shared:
        shared[_NAME] = secrets.token_hex(8)
        cache.set(key, shared[_NAME], _SECONDS)
    elif cache.get(key) != shared[_NAME]:
        raise StreamSuperseded
    frames: FrameStream = shared.setdefault(_KEPT, FrameStream())
    return frames
