"""Users and their enrollments."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Unpack

from faceplatform_sdk._async.transport import AsyncTransport
from faceplatform_sdk._calls import Call, given, new_key, user_path, written
from faceplatform_sdk.models import Enrollment, Receipt, Unlocked, UserAnswer, UserAuthentication
from faceplatform_sdk.requests import Id, UserFields

_USERS = "/api/clients/users/"


class AsyncUsers:
    """Creates, reads, changes and erases users."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create(self, user_id: str, **fields: Unpack[UserFields]) -> UserAnswer:
        """Create a user without a face. An enrollment creates its user itself."""
        body = written({"user_id": user_id, **fields})
        call = Call(method="POST", path=_USERS, json=body, idempotency_key=new_key())
        return await self._transport.read(UserAnswer, call)

    async def read(self, user_id: str) -> UserAnswer:
        """Return a user.

        Raises:
            NotFound: your client has no such user.
        """
        return await self._transport.read(UserAnswer, Call(method="GET", path=user_path(user_id)))

    def list(
        self,
        *,
        is_enrolled: bool | None = None,
        is_active: bool | None = None,
        ordering: str | None = None,
    ) -> AsyncIterator[UserAnswer]:
        """Yield users, page after page."""
        filters = given(is_enrolled=is_enrolled, is_active=is_active, ordering=ordering)
        return self._transport.pages(UserAnswer, _USERS, filters)

    async def change(self, user_id: str, **fields: Unpack[UserFields]) -> UserAnswer:
        """Change what is given; ``metadata`` is replaced whole."""
        call = Call(method="PATCH", path=user_path(user_id), json=written(dict(fields)))
        return await self._transport.read(UserAnswer, call)

    async def erase(self, user_id: str) -> Receipt:
        """Remove a user with all data, for good."""
        call = Call(method="DELETE", path=user_path(user_id), idempotency_key=new_key())
        return await self._transport.read(Receipt, call)

    async def activate(self, user_id: str) -> UserAnswer:
        """Let a deactivated user enroll and match again."""
        return await self._transport.read(UserAnswer, _action(user_id, "activate/"))

    async def deactivate(self, user_id: str) -> UserAnswer:
        """Let a user neither enroll nor match; its open sessions end."""
        return await self._transport.read(UserAnswer, _action(user_id, "deactivate/"))

    async def unlock(self, user_id: str) -> Unlocked:
        """Forget the user's failed attempts."""
        return await self._transport.read(Unlocked, _action(user_id, "unlock/"))

    def enrollments(self, user_id: str) -> AsyncIterator[Enrollment]:
        """Yield the user's enrollments, the newest first."""
        return self._transport.pages(Enrollment, user_path(user_id, "enrollments/"), {})

    def authentications(self, user_id: str) -> AsyncIterator[UserAuthentication]:
        """Yield the sessions that verified or identified the user, the newest first."""
        path = user_path(user_id, "authentications/")
        return self._transport.pages(UserAuthentication, path, {})


class AsyncEnrollments:
    """Reads and removes enrollments."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def list(self, *, user_id: str | None = None) -> AsyncIterator[Enrollment]:
        """Yield enrollments, the newest first."""
        filters = given(user_id=user_id)
        return self._transport.pages(Enrollment, "/api/auth/enrollments/", filters)

    async def read(self, enrollment_id: Id) -> Enrollment:
        """Return an enrollment."""
        call = Call(method="GET", path=f"/api/auth/enrollments/{enrollment_id}/")
        return await self._transport.read(Enrollment, call)

    async def change(
        self, enrollment_id: Id, *, template_expires_at: datetime | None
    ) -> Enrollment:
        """Set the time at which the enrollment is removed with its template; None: never."""
        body = written({"template_expires_at": template_expires_at})
        call = Call(method="PATCH", path=f"/api/auth/enrollments/{enrollment_id}/", json=body)
        return await self._transport.read(Enrollment, call)

    async def remove(self, enrollment_id: Id) -> None:
        """Remove an enrollment with its template, for good."""
        path = f"/api/auth/enrollments/{enrollment_id}/"
        await self._transport.send(Call(method="DELETE", path=path, idempotency_key=new_key()))


def _action(user_id: str, name: str) -> Call:
    return Call(method="POST", path=user_path(user_id, name), idempotency_key=new_key())
