"""The client: whole sessions in one call, and everything else by subject."""

import time
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

import httpx

from faceplatform_sdk._addresses import checked_base_url
from faceplatform_sdk._answers import of_kind
from faceplatform_sdk._async.groups import AsyncGroups
from faceplatform_sdk._async.imports import AsyncImports
from faceplatform_sdk._async.sessions import AsyncSessions
from faceplatform_sdk._async.transport import AsyncTransport
from faceplatform_sdk._async.users import AsyncEnrollments, AsyncUsers
from faceplatform_sdk._calls import Call
from faceplatform_sdk._concurrency import AsyncFrames, async_each, async_sleep, require_some
from faceplatform_sdk._version import USER_AGENT
from faceplatform_sdk.errors import ApiError, FaceplatformError
from faceplatform_sdk.models import (
    AuthenticationFrameAnswer,
    AuthenticationOpened,
    Config,
    EnrollmentFrameAnswer,
    Info,
    Status,
)
from faceplatform_sdk.outcomes import (
    AuthenticationOutcome,
    EnrollmentOutcome,
    authentication_outcome,
    enrollment_outcome,
    is_open,
)
from faceplatform_sdk.requests import AuthenticationFields, EnrollmentFields, Id
from faceplatform_sdk.retry import Retry

T = TypeVar("T", EnrollmentFrameAnswer, AuthenticationFrameAnswer)


class AsyncClient:
    """A client of the API. Make one for each process, and close it, or use it as a context manager.

    Args:
        base_url: of the service, such as ``https://faces.example.com``, with its path, if any.
        key: the API key, ``fpk_...``.
        secret: its secret, ``fps_...``.
        timeout: seconds for an answer; 5 for a connection.
        retry: limits of repeated attempts.
        allow_http: send key and secret without encryption to another machine than this one.
        http: connections of your own, for example with a proxy or your own certificates.
        sleep: waits for that many seconds; for tests.
        clock: seconds that only grow; for tests.

    Raises:
        ValueError: the address is none, or not ``https``.
    """

    def __init__(  # noqa: PLR0913  (options of the client, all with a default)
        self,
        base_url: str,
        key: str,
        secret: str,
        *,
        timeout: float = 30.0,
        retry: Retry | None = None,
        allow_http: bool = False,
        http: httpx.AsyncClient | None = None,
        sleep: Callable[[float], Awaitable[None]] = async_sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = AsyncTransport(
            http or httpx.AsyncClient(headers={"User-Agent": USER_AGENT}),
            base_url=checked_base_url(base_url, allow_http=allow_http),
            key=key,
            secret=secret,
            timeout=httpx.Timeout(timeout, connect=min(timeout, 5.0)),
            retry=retry or Retry(),
            sleep=sleep,
            clock=clock,
        )
        self.sessions = AsyncSessions(self._transport)
        self.users = AsyncUsers(self._transport)
        self.enrollments = AsyncEnrollments(self._transport)
        self.groups = AsyncGroups(self._transport)
        self.imports = AsyncImports(self._transport, sleep=sleep, clock=clock)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._transport.base_url!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    async def enroll(
        self,
        user_id: str,
        frames: AsyncFrames,
        *,
        on_answer: Callable[[EnrollmentFrameAnswer], object] | None = None,
        **fields: Unpack[EnrollmentFields],
    ) -> EnrollmentOutcome:
        """Enroll a user with frames, one after the other until the session ends.

        Frames that are left are not read. A session that is open after the last frame is cancelled.

        Args:
            user_id: your own id of the user; an unknown one is created.
            frames: images of the same person, each another one: bytes, paths or files.
            on_answer: is called with the answer to each frame.

        Raises:
            Conflict: another user has this face (``duplicate_face``), and the like.
            FaceplatformError: the session could not be opened or run to its end.
            ValueError: there is no frame.
        """
        require_some(frames)
        opened = await self.sessions.open_enrollment(user_id, **fields)
        answers = await self._run(
            opened.session_token, frames, EnrollmentFrameAnswer, on_answer=on_answer
        )
        return enrollment_outcome(user_id, str(opened.enrollment_id), answers)

    async def verify(
        self,
        user_id: str,
        frames: AsyncFrames,
        *,
        on_answer: Callable[[AuthenticationFrameAnswer], object] | None = None,
        **fields: Unpack[AuthenticationFields],
    ) -> AuthenticationOutcome:
        """Return if the person in the frames is this user.

        Args:
            frames: images of one person; those after the decision are not read.
            on_answer: is called with the answer to each frame.

        Raises:
            NotFound: your client has no such user.
            Locked, TooManyRequests: too many attempts have failed.
            FaceplatformError: the session could not be opened or run to its end.
            ValueError: there is no frame.
        """
        require_some(frames)
        opened = await self.sessions.open_verification(user_id, **fields)
        return await self._authenticate(opened, frames, on_answer)

    async def identify(
        self,
        frames: AsyncFrames,
        *,
        group: Id | None = None,
        on_answer: Callable[[AuthenticationFrameAnswer], object] | None = None,
        **fields: Unpack[AuthenticationFields],
    ) -> AuthenticationOutcome:
        """Return who the person in the frames is, among all users or the members of a group.

        Args:
            frames: images of one person; those after the decision are not read.
            group: the id of a group.
            on_answer: is called with the answer to each frame.

        Raises:
            NotFound: your client has no such group.
            FaceplatformError: the session could not be opened or run to its end.
            ValueError: there is no frame.
        """
        require_some(frames)
        opened = await self.sessions.open_identification(group=group, **fields)
        return await self._authenticate(opened, frames, on_answer)

    async def info(self) -> Info:
        """Return which client calls, with its policy and the scopes of the key."""
        return await self._transport.read(Info, Call(method="GET", path="/api/core/info/"))

    async def config(self) -> Config:
        """Return thresholds, models and limits of input."""
        return await self._transport.read(Config, Call(method="GET", path="/api/core/config/"))

    async def status(self) -> Status:
        """Return the policy in force."""
        return await self._transport.read(Status, Call(method="GET", path="/api/core/status/"))

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int | float | bool] | None = None,
        json: Any = None,
        idempotency_key: str | None = None,
    ) -> Any:
        """Make any other call of the API and return its JSON; None if the answer has no body.

        Args:
            path: from ``/api/`` on.
            idempotency_key: makes a POST repeatable, where the operation takes one.
        """
        call = Call(
            method=method,
            path=path,
            params=params or {},
            json=json,
            idempotency_key=idempotency_key,
        )
        return await self._transport.send(call)

    async def _authenticate(
        self,
        opened: AuthenticationOpened,
        frames: AsyncFrames,
        on_answer: Callable[[AuthenticationFrameAnswer], object] | None,
    ) -> AuthenticationOutcome:
        answers = await self._run(
            opened.session_token, frames, AuthenticationFrameAnswer, on_answer=on_answer
        )
        return authentication_outcome(opened.session_token, answers)

    async def _run(
        self,
        session_token: str,
        frames: AsyncFrames,
        kind: type[T],
        *,
        on_answer: Callable[[T], object] | None,
    ) -> tuple[T, ...]:
        """Post the frames until the session ends, and return the answers.

        Cancels the session if it is still open after the last frame, or after an error.
        """
        answers: list[T] = []
        try:
            async for frame in async_each(frames):
                number = len(answers) + 1
                sent = await self.sessions.send_frame(session_token, frame, frame_number=number)
                answer = of_kind(kind, sent)
                answers.append(answer)
                if on_answer is not None:
                    on_answer(answer)
                if not is_open(answer):
                    return tuple(answers)
        except Exception as error:  # raised again: no session stays open, whatever failed
            await self._cancel_after(session_token, error)
            raise
        await self.sessions.cancel(session_token)
        if not answers:
            raise ValueError("there is no frame")
        return tuple(answers)

    async def _cancel_after(self, session_token: str, error: Exception) -> None:
        """Cancel a session; a failure becomes a note of the error that is about to be raised."""
        if isinstance(error, ApiError) and "session_status" in error.members:
            return  # it has ended
        try:
            await self.sessions.cancel(session_token)
        except FaceplatformError as failed:
            error.add_note(f"The session was not cancelled: {failed}")
