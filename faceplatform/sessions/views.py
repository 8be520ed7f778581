from collections import Counter
from dataclasses import asdict
from functools import partial
from typing import Any, ClassVar, NoReturn, TypedDict, cast

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ValidationError
from rest_framework.settings import api_settings

from faceplatform import errors
from faceplatform.api import streams
from faceplatform.api.callers import (
    SESSION_TOKEN_HEADER,
    IsClientOrSession,
    SessionCaller,
    caller_of,
    client_of,
    counted_address,
)
from faceplatform.api.idempotency import IdempotentWrites
from faceplatform.api.origins import OriginNotAllowed
from faceplatform.api.parsers import FormParser, JSONParser, MultiPartParser
from faceplatform.api.schema import VALIDATION_FAILED
from faceplatform.api.scopes import AcceptedScopes, Scope
from faceplatform.api.throttles import CallerThrottle
from faceplatform.api.validation import validated
from faceplatform.crypto import DecryptionFailed
from faceplatform.engine.registry import get_engine
from faceplatform.request_id import current_request_id
from faceplatform.sessions import examples, trail
from faceplatform.sessions.authentication import SessionTokenAuthentication
from faceplatform.sessions.clips import ClipResult, process_clip
from faceplatform.sessions.ending import cancel
from faceplatform.sessions.errors import (
    DuplicateFace,
    ModelChanged,
    SessionExpired,
    SessionFinished,
    SessionNotFound,
)
from faceplatform.sessions.lookup import find, find_with_users, shown_status
from faceplatform.sessions.naming import (
    IN_THE_PATH,
    SESSION_TOKEN,
    named_session,
    require_scope_of_kind,
)
from faceplatform.sessions.pipeline import FrameResult, process_frame
from faceplatform.sessions.reasons import ADVICE, shown_to_browser
from faceplatform.sessions.serializers import (
    AuthenticationFrameAnswerSerializer,
    EnrollmentFrameAnswerSerializer,
    FrameSerializer,
    PostedFrameSerializer,
    PostedSessionFrameSerializer,
    SessionFrameSerializer,
    SessionStatusSerializer,
    face_as_json,
)
from faceplatform.sessions.streams import StreamSuperseded, frames_of
from faceplatform.sessions.telling import liveness_of
from faceplatform.tenant import Tenant

# For the client's own backend only: a score in a browser helps an attacker climb to a match.
_FOR_BACKENDS_ONLY = ("similarity_score", "liveness_score")

# Only one of them is enough for the calls about one session: that of its kind.
_OF_EITHER_KIND = (Scope.ENROLL, Scope.AUTHENTICATE)

_FRAME_ANSWER = PolymorphicProxySerializer(
    component_name="FrameAnswer",
    serializers={
        "enrollment": EnrollmentFrameAnswerSerializer,
        "authentication": AuthenticationFrameAnswerSerializer,
    },
    resource_type_field_name="kind",
)
_ABOUT_FRAMES = (
    "A frame that cannot be used is an outcome, not an error: 200 with `frame_accepted: false`, a "
    "stable `reason` and one line of `advice`. JSON with the same members is accepted, too, with "
    "the image as base64 or a data URL. In a form, `video` may take the place of `image`: an MP4, "
    "WebM or MOV file of at most 10 seconds. Five of its frames a second, ten while a challenge "
    "goes on, take the same line, in order, until the session ends; each counts for the limits as "
    "if it were posted alone. The answer is that to the last frame taken, and `clip` counts the "
    "reasons of all. For many frames a second there is a WebSocket at `/api/auth/stream/`: each "
    "binary message is an image, and is answered by a text with the same JSON as here."
)


class _Target(TypedDict):
    """The session that frames are for, and the address they come from."""

    client: Tenant
    token: str
    address: str


class FramesView(IdempotentWrites):
    """Takes one frame, or the frames of a clip, into a session."""

    permission_classes = (IsClientOrSession,)
    scopes: ClassVar[AcceptedScopes] = _OF_EITHER_KIND
    scope_of_kind = True
    takes_images = True
    parser_classes = (MultiPartParser, FormParser, JSONParser)
    documented_errors = {
        "POST": (
            OriginNotAllowed,
            SessionNotFound,
            SessionExpired,
            SessionFinished,
            ModelChanged,
            DuplicateFace,
            StreamSuperseded,
            errors.ImageEmpty,
            errors.ImageTooLarge,
            errors.ImageUnreadable,
            errors.ImageFormatUnsupported,
            errors.ImageTruncated,
            errors.ImageTooComplex,
            errors.ImageAnimated,
            errors.ImageTooManyPixels,
            errors.ImageTooSmall,
            errors.SandboxNoteUnknown,
            errors.VideoFormatUnsupported,
            errors.VideoUnreadable,
            errors.VideoTooLong,
            errors.VideoTooLarge,
            errors.VideoDecodersBusy,
            errors.EngineError,
            errors.EngineBusy,
            errors.ModelMissing,
            errors.ModelCorrupted,
            DecryptionFailed,
        )
    }

    tokens_taken: ClassVar[str]  # for a caller without any

    def permission_denied(
        self, request: Request, message: str | None = None, code: str | None = None
    ) -> NoReturn:
        """Name the tokens that are taken to a caller that has none of them."""
        if not request.successful_authenticator:
            raise NotAuthenticated(self.tokens_taken)
        super().permission_denied(request, message, code)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check for room before the caller is known and the image is read: under overload, a
        refusal must cost little."""
        get_engine().require_room()
        super().initial(request, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Response:
        """Name no lockout to a browser, whose session it may have ended."""
        # In this order: of a call that was refused before, the caller is not looked up.
        if isinstance(exc, SessionFinished) and isinstance(
            cast("object", self.request.user), SessionCaller
        ):
            exc = SessionFinished.by(
                exc.extra["session_status"], shown_to_browser(exc.extra["reason"])
            )
        return super().handle_exception(exc)

    def process(self, request: Request, frame: dict[str, Any], token: str) -> Response:
        """Post the validated frame or clip to the session of that token; answer with the result."""
        require_scope_of_kind(request, token)
        client = client_of(request)
        target = _Target(client=client, token=token, address=counted_address(request, client))
        further = {}
        if "video" in frame:
            clip = process_clip(
                **target,
                video=frame["video"],
                may_go_on=partial(self._count_frame, request),
                charge=partial(CallerThrottle().charge, request),
            )
            result = clip.last
            further = {"clip": _clip_as_json(clip, to_browser=_is_browser(request))}
        else:
            result = self._take_frame(request, target, frame)
        answer = _render(result) | liveness_of(result.session, request) | further
        if "frame_number" in frame:
            answer["frame_number"] = frame["frame_number"]
        if _is_browser(request):
            answer.update({name: None for name in _FOR_BACKENDS_ONLY if name in answer})
            answer["reason"] = shown_to_browser(answer["reason"])
            answer["advice"] = ADVICE[answer["reason"]]
        return Response(answer)

    def _take_frame(self, request: Request, target: _Target, frame: dict[str, Any]) -> FrameResult:
        shared = streams.shared_of(request)
        frames = None if shared is None else frames_of(shared, target["token"])
        result = process_frame(
            **target, image=frame["image"], number=frame.get("frame_number"), stream=frames
        )
        if shared is not None and not result.session.is_open:
            streams.end(shared)
        return result

    def _count_frame(self, request: Request) -> bool:
        """Count one more frame of this call; return False, with nothing counted, if it is one too
        many."""
        return CallerThrottle().allow_request(request, self)


class ProcessImageView(FramesView):
    """Takes a frame from a client's backend, or from the holder of a session's token.

    The schema shows the first use; `SessionFramesView` is the second one's: a client generated from
    an operation with alternative tokens sends both.
    """

    # Of a call with both tokens the client is the caller: the other one only selects the session,
    # as in a stream and in `CurrentSessionView`.
    authentication_classes = (
        *cast("list[type[BaseAuthentication]]", api_settings.DEFAULT_AUTHENTICATION_CLASSES),
        SessionTokenAuthentication,
    )

    tokens_taken = (
        f"Send the client's token in the header Authorization, or the session's token in the "
        f"header {SESSION_TOKEN_HEADER}."
    )

    @extend_schema(
        operation_id="process_image",
        tags=["Face Enrollment", "Face Authentication"],
        summary="Post a frame to a session",
        description=(
            f"For your backend. {_ABOUT_FRAMES} Instead of the client's token, the session's "
            "token alone in `X-Session-Token` works, too, as in "
            "`POST /api/auth/sessions/current/frames/`."
        ),
        auth=[{"clientToken": []}],  # type: ignore[list-item]
        request={"multipart/form-data": FrameSerializer},
        responses=_FRAME_ANSWER,
        examples=examples.FRAME_ANSWERS,
    )
    def post(self, request: Request) -> Response:
        frame = validated(PostedFrameSerializer, request.data)
        return self.process(request, frame, _session_token(request, frame))


class SessionFramesView(FramesView):
    """Takes a frame from the holder of a session's token."""

    authentication_classes = (SessionTokenAuthentication,)
    scopes = ()
    tokens_taken = f"Send the session's token in the header {SESSION_TOKEN_HEADER}."

    @extend_schema(
        operation_id="session_frame",
        tags=["Face Enrollment", "Face Authentication"],
        summary="Post a frame to the session of the token",
        description=(
            "For a browser or phone, which has the session's token and no other. "
            f"{_ABOUT_FRAMES} The scores are null."
        ),
        request={"multipart/form-data": SessionFrameSerializer},
        responses=_FRAME_ANSWER,
    )
    def post(self, request: Request) -> Response:
        frame = validated(PostedSessionFrameSerializer, request.data)
        return self.process(request, frame, cast("SessionCaller", caller_of(request)).token)


def _session_token(request: Request, frame: dict[str, Any]) -> str:
    """Return the token of the frame's session, from the form or the header.

    Raises:
        SessionNotFound: the two name different sessions.
        rest_framework.serializers.ValidationError: neither names one.
    """
    named, selected = frame.get("session_token"), request.headers.get(SESSION_TOKEN_HEADER) or None
    if None not in {named, selected} and named != selected:
        raise SessionNotFound
    token = selected if named is None else named
    if token is None:
        raise ValidationError({"session_token": "This field is required."}, "required")
    return str(token)


def _render(result: FrameResult) -> dict[str, Any]:
    session, step, face = result.session, result.step, result.face
    liveness = face.liveness if face else None
    members = asdict(result.answer)
    return {
        "kind": result.kind,
        "success": members.pop("success"),
        "session_status": session.status,
        "frame_accepted": step.accepted,
        "requires_more_frames": session.is_open,
        "samples_collected": session.samples_collected,
        "quality_score": round(face.quality.unified, 3) if face else None,
        "liveness_score": _rounded(liveness.score if liveness else None),
        "reason": step.reason,
        "advice": ADVICE[step.reason],
        "message": step.message,
        "face": face_as_json(face),
        "request_id": current_request_id(),
        **({} if (number := trail.next_number(session)) is None else {"next_frame_number": number}),
        **members,
    }


def _is_browser(request: Request) -> bool:
    return isinstance(caller_of(request), SessionCaller)


def _clip_as_json(clip: ClipResult, *, to_browser: bool) -> dict[str, Any]:
    reasons: Counter[str] = Counter()
    for reason, count in clip.reasons.items():
        reasons[shown_to_browser(reason) if to_browser else reason] += count
    return {
        "frames_chosen": clip.chosen,
        "frames_taken": clip.taken,
        "seconds_taken": round(clip.seconds, 3),
        "reasons": dict(reasons),
        "stopped": clip.stopped or None,
    }


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 3)


class SessionView(IdempotentWrites):
    """One session, by its token."""

    scopes = _OF_EITHER_KIND
    scope_of_kind = True
    documented_errors = {
        "GET": (SessionNotFound,),
        "DELETE": (SessionNotFound, SessionExpired, SessionFinished),
    }

    @extend_schema(
        operation_id="session_status",
        tags=["Face Enrollment", "Face Authentication"],
        summary="Read a session's status, with its token in the address",
        description=IN_THE_PATH,
        responses=SessionStatusSerializer,
    )
    def get(self, request: Request, session_token: str) -> Response:
        return Response(_status(request, session_token))

    @extend_schema(
        operation_id="session_cancel",
        tags=["Face Enrollment", "Face Authentication"],
        summary="Cancel a session, with its token in the address",
        description=IN_THE_PATH,
        responses={200: SessionStatusSerializer},
    )
    def delete(self, request: Request, session_token: str) -> Response:
        return Response(_cancel(request, session_token))


class CurrentSessionView(IdempotentWrites):
    """The session that X-Session-Token names, for the client's backend: its JWT gives the rights,
    the header only selects the session."""

    scopes = _OF_EITHER_KIND
    scope_of_kind = True
    documented_errors = {
        "GET": (VALIDATION_FAILED, SessionNotFound),
        "DELETE": (VALIDATION_FAILED, SessionNotFound, SessionExpired, SessionFinished),
    }

    @extend_schema(
        operation_id="current_session_status",
        tags=["Face Enrollment", "Face Authentication"],
        summary="Read a session's status",
        parameters=[SESSION_TOKEN],
        responses=SessionStatusSerializer,
        examples=examples.SESSION_STATUS,
    )
    def get(self, request: Request) -> Response:
        return Response(_status(request, named_session(request)))

    @extend_schema(
        operation_id="current_session_cancel",
        tags=["Face Enrollment", "Face Authentication"],
        summary="Cancel a session",
        parameters=[SESSION_TOKEN],
        responses={200: SessionStatusSerializer},
        examples=examples.SESSION_CANCELLED,
    )
    def delete(self, request: Request) -> Response:
        return Response(_cancel(request, named_session(request)))


def _cancel(request: Request, token: str) -> dict[str, Any]:
    require_scope_of_kind(request, token)
    cancel(*find(client=client_of(request), token=token))
    return _status(request, token)


def _status(request: Request, token: str) -> dict[str, Any]:
    require_scope_of_kind(request, token)
    kind, session = find_with_users(client=client_of(request), token=token)
    status, reason = shown_status(session)
    return {
        "kind": kind.name,
        "capture_type": session.capture_type,
        "status": status,
        "reason": reason or None,
        "user_id": session.subject.user_id if session.subject else None,
        "samples_collected": session.samples_collected,
        "frames_received": session.frames_received,
        "created_at": session.created_at,
        "expires_at": session.expires_at,
        "finished_at": session.finished_at,
        "liveness_nets": session.liveness_nets,
        "metadata": session.metadata,
        **liveness_of(session, request),
        **asdict(kind.status(session)),
    }
