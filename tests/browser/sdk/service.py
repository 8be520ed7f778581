"""The API as the backend of a shop calls it."""

from collections.abc import Iterable, Mapping
from typing import Any

import httpx

PATHS = {
    "enrollment": "/api/auth/enrollment/",
    "verification": "/api/auth/authentication/",
    "identification": "/api/auth/authentication/",
}


class Service:
    """Calls of one client.

    Args:
        base: the service's origin.
        key: its `api_key` and `api_secret`, and the `client_id`.
        allowed: the origins of pages that may post frames.
    """

    def __init__(self, base: str, key: Mapping[str, str], *, allowed: list[str]) -> None:
        self.base = base
        self._http = httpx.Client(base_url=base, timeout=30)
        pair = {name: key[name] for name in ("api_key", "api_secret")}
        self.token: str = self.call("POST", "/api/core/auth/client/", pair)["access"]
        self._http.headers["Authorization"] = f"Bearer {self.token}"
        self._client = self.call("GET", "/api/core/info/")["client"]["client_id"]
        self.allow(*allowed)

    def allow(self, *origins: str) -> None:
        """Let pages of these origins, and of no other, post frames."""
        self._change({"allowed_origins": list(origins)})

    def open(self, kind: str, user_id: str = "visitor", **opening: Any) -> dict[str, Any]:
        """Open a session. Return it as the element takes it."""
        body = {"capture_type": "webcam", **opening}
        if kind != "identification":
            body["user_id"] = user_id
        token = self.call("POST", PATHS[kind], body)["session_token"]
        return {"token": token, "apiBase": self.base, "kind": kind}

    def enroll(self, user_id: str, pictures: Iterable[bytes]) -> None:
        """Enroll a user with these pictures, which must be enough."""
        token = self.open("enrollment", user_id)["token"]
        for picture in pictures:
            answer = self._http.post(
                "/api/auth/process-image/",
                headers={"X-Session-Token": token},
                files={"image": ("frame.png", picture)},
            ).json()
        if not answer["enrollment_complete"]:
            raise ValueError(f"{user_id} is not enrolled: {answer['reason']}")

    def session(self, session: Mapping[str, str]) -> dict[str, Any]:
        """Return the session as the API tells it to its client."""
        answer: dict[str, Any] = self.call("GET", f"/api/auth/sessions/{session['token']}/")
        return answer

    def cancel(self, session: Mapping[str, str]) -> None:
        self.call("DELETE", f"/api/auth/sessions/{session['token']}/")

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(method, path, json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def _change(self, values: Mapping[str, Any]) -> None:
        self.call("PATCH", f"/api/clients/clients/{self._client}/", values)
