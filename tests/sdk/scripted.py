"""Clients of both kinds whose service is a list of answers, and whose time stands still."""

import asyncio
import inspect
import json
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

import httpx
import jwt

from faceplatform_sdk import AsyncClient, Client, Retry

BASE = "https://faces.example.com"
KEY, SECRET = "fpk_key", "fps_secret"


class Blocking:
    """Calls an async client, or a part of it, as if it were the sync one."""

    def __init__(self, wrapped: Any, runner: asyncio.Runner) -> None:
        self._wrapped = wrapped
        self._runner = runner

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return repr(self._wrapped)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._wrapped, name)
        if not callable(value):
            return Blocking(value, self._runner)

        def call(*args: Any, **kwargs: Any) -> Any:
            result = value(*args, **kwargs)
            if inspect.iscoroutine(result):
                return self._runner.run(result)
            return iter(self._runner.run(_listed(result)))

        return call


async def _listed(items: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in items]


class Service:
    """Answers calls in turn, and keeps them.

    Attributes:
        seen: the requests, those for tokens apart.
        exchanges: the paths of the requests for tokens.
        now: of the client's clock.
        slept: the seconds that the client waited.
    """

    def __init__(self) -> None:
        self.answers: list[httpx.Response | Exception] = []
        self.seen: list[httpx.Request] = []
        self.exchanges: list[tuple[str, dict[str, str]]] = []
        self.token_answers: list[httpx.Response | Exception] = []
        self.now = 1000.0
        self.slept: list[float] = []

    def handle(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(("/auth/client/", "/token/refresh/")):
            self.exchanges.append((request.url.path, json.loads(request.read())))
            number = len(self.exchanges)
            answer = self.token_answers.pop(0) if self.token_answers else tokens(number)
        else:
            request.read()
            kept = httpx.Request(
                request.method, request.url, headers=request.headers, content=request.content
            )
            self.seen.append(kept)
            answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        # A response is consumed by the client that reads it, and a test may script one twice.
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def bearers(self) -> list[str]:
        """Return the access tokens of the requests, in order."""
        return [request.headers["Authorization"].removeprefix("Bearer ") for request in self.seen]


def access(number: int, *, seconds: int = 900) -> str:
    """Return the access token of that exchange."""
    claims = {"iat": 0, "exp": seconds, "n": number}
    return jwt.encode(claims, "of the service, 32 bytes or more", algorithm="HS256")


def tokens(number: int) -> httpx.Response:
    return httpx.Response(200, json={"access": access(number), "refresh": f"refresh {number}"})


def ok(body: Any = None) -> httpx.Response:
    return httpx.Response(200, json={} if body is None else body)


def problem(
    status: int, code: str, *, retry_after: int | None = None, **members: Any
) -> httpx.Response:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    body = {
        "type": f"urn:faceplatform:problem:{code}",
        "title": "Title",
        "status": status,
        "detail": "Detail",
        "code": code,
        "request_id": "request-1",
        **members,
    }
    return httpx.Response(status, json=body, headers=headers)


def sync_client(service: Service, **options: Any) -> Client:
    return Client(
        BASE,
        KEY,
        SECRET,
        http=httpx.Client(transport=httpx.MockTransport(service.handle)),
        sleep=service.sleep,
        clock=lambda: service.now,
        **options,
    )


def async_client(service: Service, **options: Any) -> AsyncClient:
    async def sleep(seconds: float) -> None:
        service.sleep(seconds)

    async def handle(request: httpx.Request) -> httpx.Response:
        return service.handle(request)

    return AsyncClient(
        BASE,
        KEY,
        SECRET,
        http=httpx.AsyncClient(transport=httpx.MockTransport(handle)),
        sleep=sleep,
        clock=lambda: service.now,
        **options,
    )


NEVER = Retry(tries=1)
