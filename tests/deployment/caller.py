"""A client's backend: one HTTP connection that stays open, a token, sessions and frames."""

import json
import select
import uuid
from dataclasses import dataclass
from http.client import HTTPConnection
from time import perf_counter
from typing import Any

# The output of `manage.py create_client --json`.
Key = dict[str, str]

_EDGE = "frame-by-frame"
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, and the seconds it took."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]
    seconds: float

    @property
    def code(self) -> str | None:
        """The stable code of a problem document; None for a success."""
        code: str | None = self.body.get("code")
        return code

    @property
    def retry_after(self) -> int | None:
        value = self.headers.get("Retry-After")
        return None if value is None else int(value)

    def json(self) -> dict[str, Any]:
        """Return the body of a success.

        Raises:
            RuntimeError: the answer is an error.
        """
        if self.status >= 300:
            raise RuntimeError(f"Answered {self.status}: {self.body}")
        return self.body


def as_form(image: bytes, *, name: str = "image", **fields: str) -> tuple[bytes, str]:
    """Return a multipart body with the fields and the image, and its content type."""
    parts = [
        f'--{_EDGE}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields.items()
    ]
    head = (
        f'--{_EDGE}\r\nContent-Disposition: form-data; name="{name}"; filename="f.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    body = "".join([*parts, head]).encode() + image + f"\r\n--{_EDGE}--\r\n".encode()
    return body, f"multipart/form-data; boundary={_EDGE}"


class Caller:
    """One caller of a server on 127.0.0.1. Not thread-safe: each thread takes its own.

    Args:
        key: the output of `create_client --json`; exchanged for a token at once.
        token: instead of a key, the token of another caller.
    """

    def __init__(self, port: int, key: Key | None = None, *, token: str = "") -> None:
        self._port = port
        self._http = HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
        self.token = token
        if key is not None:
            self.token = str(self.exchange(key).json()["access"])

    def another_connection(self) -> "Caller":
        """Return another caller of the same client, with its own connection."""
        return Caller(self._port, token=self.token)

    def exchange(self, key: Key) -> Answer:
        """Exchange a key for a token."""
        body = {"api_key": key["api_key"], "api_secret": key["api_secret"]}
        return self.post("/api/core/auth/client/", body)

    def enrollment(self, user_id: str = "", *, target_samples: int = 3) -> str:
        """Open an enrollment, of a new user if none is named. Return its session token."""
        body = {
            "user_id": user_id or uuid.uuid4().hex,
            "session_type": "api",
            "target_samples": target_samples,
        }
        return str(self.post("/api/auth/enrollment/", body).json()["session_token"])

    def authentication(self, user_id: str | None = None) -> str:
        """Open a verification, or without a user an identification. Return its session token."""
        body = {"session_type": "api"} | ({} if user_id is None else {"user_id": user_id})
        return str(self.post("/api/auth/authentication/", body).json()["session_token"])

    def frame(self, token: str, image: bytes) -> Answer:
        """Post a frame to a session."""
        body, kind = as_form(image, session_token=token)
        return self.send("POST", "/api/auth/process-image/", body, {"Content-Type": kind})

    def session(self, token: str) -> dict[str, Any]:
        """Return the session's status."""
        return self.send("GET", f"/api/auth/sessions/{token}/").json()

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        return self.send("POST", path, json.dumps(body).encode(), _JSON)

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Key | None = None
    ) -> Answer:
        """Send one request.

        Raises:
            OSError, http.client.HTTPException: the server does not answer. The next call opens a
                new connection.
        """
        if self._is_dropped():
            self._http.close()
        own = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        start = perf_counter()
        try:
            self._http.request(method, path, body, own | (headers or {}))
            response = self._http.getresponse()
            content = response.read()
        except BaseException:
            self._http.close()
            raise
        seconds = perf_counter() - start
        return Answer(
            response.status,
            json.loads(content) if content else {},
            dict(response.headers.items()),
            seconds,
        )

    def _is_dropped(self) -> bool:
        """Return True if the server closed the idle connection: then there is something to read."""
        sock = self._http.sock
        return sock is not None and bool(select.select([sock], [], [], 0)[0])


_JSON = {"Content-Type": "application/json"}
