"""Sessions, one call each."""

from typing import Any, Unpack

from faceplatform_sdk._answers import parsed_frame_answer
from faceplatform_sdk._calls import Call, given, new_key, written
from faceplatform_sdk._sync.transport import Transport
from faceplatform_sdk.frames import Frame, read
from faceplatform_sdk.models import (
    AuthenticationFrameAnswer,
    AuthenticationOpened,
    EnrollmentFrameAnswer,
    EnrollmentOpened,
    SessionStatus,
    SignedResult,
)
from faceplatform_sdk.requests import (
    AuthenticationFields,
    CaptureLink,
    EnrollmentFields,
    Id,
    OpeningFields,
)

_CURRENT = "/api/auth/sessions/current/"


class Sessions:
    """Opens sessions, posts frames to them, reads and cancels them."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def open_enrollment(self, user_id: str, **fields: Unpack[EnrollmentFields]) -> EnrollmentOpened:
        """Open an enrollment; a user who does not exist is created.

        Without ``capture_type`` the frames come from your program (``api``).
        """
        call = _opening("/api/auth/enrollment/", fields, user_id=user_id)
        return self._transport.read(EnrollmentOpened, call)

    def open_verification(
        self, user_id: str, **fields: Unpack[AuthenticationFields]
    ) -> AuthenticationOpened:
        """Open a verification, which tells if a person is this user."""
        call = _opening("/api/auth/authentication/", fields, user_id=user_id)
        return self._transport.read(AuthenticationOpened, call)

    def open_identification(
        self, *, group: Id | None = None, **fields: Unpack[AuthenticationFields]
    ) -> AuthenticationOpened:
        """Open an identification among all users, or among the members of a group by its id."""
        call = _opening("/api/auth/authentication/", fields, **given(group=group))
        return self._transport.read(AuthenticationOpened, call)

    def send_frame(
        self, session_token: str, frame: Frame, *, frame_number: int | None = None
    ) -> EnrollmentFrameAnswer | AuthenticationFrameAnswer:
        """Post an image. A refused frame is no error: see ``frame_accepted`` and ``reason``.

        Args:
            frame_number: upwards from 1 in the order of capture; the answer repeats it.

        Raises:
            BadRequest, TooLarge: this is no usable image; the session stays open.
            Conflict, Gone: the session has ended.
        """
        return self._post(session_token, "image", read(frame), frame_number)

    def send_video(
        self, session_token: str, video: Frame
    ) -> EnrollmentFrameAnswer | AuthenticationFrameAnswer:
        """Post an MP4, WebM or MOV clip; the answer is that to its last frame, with ``clip``."""
        return self._post(session_token, "video", read(video), None)

    def read(self, session_token: str) -> SessionStatus:
        """Return the state of a session."""
        call = Call(method="GET", path=_CURRENT, headers=_of(session_token))
        return self._transport.read(SessionStatus, call)

    def cancel(self, session_token: str) -> SessionStatus:
        """End a session without a result.

        Raises:
            Conflict, Gone: it has ended already.
        """
        call = Call(
            method="DELETE",
            path=_CURRENT,
            headers=_of(session_token),
            idempotency_key=new_key(),
        )
        return self._transport.read(SessionStatus, call)

    def link(self, session_token: str, **fields: Unpack[CaptureLink]) -> dict[str, Any]:
        """Return a new one-time link to the hosted capture page, as ``capture_url``."""
        call = Call(
            method="POST",
            path=f"{_CURRENT}link/",
            json=dict(fields),
            headers=_of(session_token),
            idempotency_key=new_key(),
        )
        return dict(self._transport.send(call))

    def signed_result(self, session_token: str) -> SignedResult:
        """Exchange a successful authentication for a signed result, once, within 5 minutes."""
        call = Call(
            method="POST",
            path="/api/core/auth/user/",
            json={"session_token": session_token},
            idempotency_key=new_key(),
        )
        return self._transport.read(SignedResult, call)

    def _post(
        self, session_token: str, kind: str, content: bytes, frame_number: int | None
    ) -> EnrollmentFrameAnswer | AuthenticationFrameAnswer:
        # In the header, the session's token would make the call the user's: without scores.
        number = {} if frame_number is None else {"frame_number": str(frame_number)}
        call = Call(
            method="POST",
            path="/api/auth/process-image/",
            form={"session_token": session_token, **number},
            files={kind: (kind, content, "application/octet-stream")},
            idempotency_key=new_key(),
        )
        return parsed_frame_answer(self._transport.send(call))


def _of(session_token: str) -> dict[str, str]:
    """Return the header that names a session: addresses end up in logs."""
    return {"X-Session-Token": session_token}


def _opening(path: str, fields: OpeningFields, **own: Any) -> Call:
    body: dict[str, Any] = {"capture_type": "api", **fields, **own}
    key = body.pop("idempotency_key", None) or new_key()
    return Call(method="POST", path=path, json=written(body), idempotency_key=key)
