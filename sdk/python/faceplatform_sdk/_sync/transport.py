"""Makes calls: with tokens, again where that helps, and with errors as exceptions."""

import os
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel

from faceplatform_sdk._answers import decoded, parsed
from faceplatform_sdk._calls import Call, next_cursor
from faceplatform_sdk._sync.tokens import TokenHolder
from faceplatform_sdk.errors import (
    ApiError,
    ConnectionFailed,
    FaceplatformError,
    InvalidAnswer,
    Unauthorized,
)
from faceplatform_sdk.retry import Retry

T = TypeVar("T", bound=BaseModel)
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Transport:
    """Makes the calls of one client.

    Args:
        http: the connections, which ``close`` closes.
        base_url: of the service, without a slash at the end.
        timeout: of each attempt.
        sleep: waits for that many seconds.
        clock: seconds that only grow.
    """

    def __init__(  # noqa: PLR0913  (all that a call depends on)
        self,
        http: httpx.Client,
        *,
        base_url: str,
        key: str,
        secret: str,
        timeout: httpx.Timeout,
        retry: Retry,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self.base_url = base_url
        self._http = http
        self._timeout = timeout
        self._retry = retry
        self._sleep = sleep
        self._clock = clock
        self._tokens = TokenHolder(key, secret, send=self.send, clock=clock)
        self._pid: int | None = None

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, call: Call) -> Any:
        """Return the answer's JSON; None if it has no body.

        Raises:
            ApiError: the service refused the call.
            ConnectionFailed: no answer arrived.
            InvalidAnswer: the answer is no JSON.
        """
        self._require_own_process()
        request = self._request(call)
        began, tried, is_renewed = self._clock(), 0, False
        while True:
            access = None if call.is_open else self._tokens.access()
            tried += 1
            try:
                return self._attempt(request, access)
            except FaceplatformError as error:
                failed = error
            if isinstance(failed, Unauthorized) and access is not None and not is_renewed:
                self._tokens.reject(access)
                is_renewed = True
                continue
            wait = self._retry.wait(
                failed,
                tried=tried,
                elapsed=self._clock() - began,
                is_repeatable=call.is_repeatable,
                jitter=random.random(),  # noqa: S311  (spreads callers, guards nothing)
            )
            if wait is None:
                raise failed
            self._sleep(wait)

    def read(self, model: type[T], call: Call) -> T:
        """Make the call and return its answer as this model.

        Raises:
            FaceplatformError: as ``send`` does.
        """
        return parsed(model, self.send(call))

    def pages(
        self, model: type[T], path: str, params: Mapping[str, str | int | float | bool]
    ) -> Iterator[T]:
        """Yield the items of a list, page after page."""
        cursor: str | None = None
        while True:
            more = {} if cursor is None else {"cursor": cursor}
            page = self.send(Call(method="GET", path=path, params={**params, **more}))
            for item in page["results"]:
                yield parsed(model, item)
            cursor = next_cursor(page)
            if cursor is None:
                return

    def _require_own_process(self) -> None:
        """Raise an error after a fork: two processes would share sockets and tokens.

        Raises:
            RuntimeError: another process used this client before.
        """
        if self._pid is None:
            self._pid = os.getpid()
        elif self._pid != os.getpid():
            raise RuntimeError("another process used this client: make one in each process")

    def _request(self, call: Call) -> httpx.Request:
        headers = dict(call.headers)
        if call.idempotency_key is not None:
            headers["Idempotency-Key"] = call.idempotency_key
        return self._http.build_request(
            call.method,
            self.base_url + call.path,
            params=dict(call.params) or None,
            json=call.json,
            data=dict(call.form) or None,
            files=dict(call.files) or None,
            headers=headers,
            timeout=self._timeout,
        )

    def _attempt(self, request: httpx.Request, access: str | None) -> Any:
        if access is not None:
            request.headers["Authorization"] = f"Bearer {access}"
        try:
            response = self._http.send(request, auth=None, follow_redirects=False)
        except httpx.TransportError as e:
            # The message of httpx is not repeated: it may contain the address.
            raise ConnectionFailed(
                f"{request.method}: {type(e).__name__}", was_sent=not isinstance(e, _UNSENT)
            ) from e
        if response.is_error:
            raise ApiError.of(response)
        if not response.is_success:
            raise InvalidAnswer(f"{response.status_code} is no answer of this API")
        return decoded(response)
