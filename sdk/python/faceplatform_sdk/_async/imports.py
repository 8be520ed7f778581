"""Imports of many users at once."""

from collections.abc import AsyncIterator, Awaitable, Callable

from faceplatform_sdk._async.transport import AsyncTransport
from faceplatform_sdk._calls import Call, given, new_key
from faceplatform_sdk.errors import WaitTimedOut
from faceplatform_sdk.frames import Frame, name_of, read
from faceplatform_sdk.models import Import, ImportItem
from faceplatform_sdk.requests import Id

_IMPORTS = "/api/clients/imports/"
_ENDED = frozenset({"completed", "cancelled", "failed"})


class AsyncImports:
    """Starts imports and follows them.

    Args:
        sleep: waits for that many seconds.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        transport: AsyncTransport,
        *,
        sleep: Callable[[float], Awaitable[None]],
        clock: Callable[[], float],
    ) -> None:
        self._transport = transport
        self._sleep = sleep
        self._clock = clock

    async def start(
        self, file: Frame, *, target_samples: int | None = None, skip_enrolled: bool = True
    ) -> Import:
        """Start an import of a zip archive of images, or of a CSV file of users.

        Args:
            file: its bytes, its path, or a file opened in binary mode; at most 15 MB.
            target_samples: most images of a template.
            skip_enrolled: leave users who are enrolled as they are.

        Raises:
            BadRequest, TooLarge: the file cannot be read.
            Conflict: two imports are unfinished (``too_many_imports``).
        """
        fields = {"skip_enrolled": str(skip_enrolled).lower()}
        if target_samples is not None:
            fields["target_samples"] = str(target_samples)
        call = Call(
            method="POST",
            path="/api/clients/users/import/",
            form=fields,
            files={"file": (name_of(file, "import"), read(file), "application/octet-stream")},
            idempotency_key=new_key(),
        )
        return await self._transport.read(Import, call)

    async def read(self, import_id: Id) -> Import:
        """Return the state of an import."""
        return await self._transport.read(Import, Call(method="GET", path=_path(import_id)))

    def list(self, *, status: str | None = None) -> AsyncIterator[Import]:
        """Yield imports, the newest first."""
        return self._transport.pages(Import, _IMPORTS, given(status=status))

    def items(self, import_id: Id, *, result: str | None = None) -> AsyncIterator[ImportItem]:
        """Yield what became of each user, in the file's order."""
        path = _path(import_id, "items/")
        return self._transport.pages(ImportItem, path, given(result=result))

    async def cancel(self, import_id: Id) -> Import:
        """End an import; users that are done stay."""
        path = _path(import_id, "cancel/")
        call = Call(method="POST", path=path, idempotency_key=new_key())
        return await self._transport.read(Import, call)

    async def wait(
        self,
        import_id: Id,
        *,
        on_progress: Callable[[Import], object] | None = None,
        every: float = 2.0,
        timeout: float | None = None,
    ) -> Import:
        """Return the import once it has ended.

        Args:
            on_progress: is called with each state, also the last; ``processed`` of ``total`` items
                have ended.
            every: seconds between two readings.
            timeout: seconds after which to give up; None: never.

        Raises:
            WaitTimedOut: it has not ended in that time.
        """
        began = self._clock()
        while True:
            state = await self.read(import_id)
            if on_progress is not None:
                on_progress(state)
            if state.status in _ENDED:
                return state
            if timeout is not None and self._clock() - began + every > timeout:
                raise WaitTimedOut(f"import {import_id} has not ended in {timeout} seconds")
            await self._sleep(every)


def _path(import_id: Id, below: str = "") -> str:
    return f"{_IMPORTS}{import_id}/{below}"
