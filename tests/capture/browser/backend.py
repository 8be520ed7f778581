"""The backend of a client that sends links to the capture page."""

from collections.abc import Mapping
from typing import Any

from tests.browser.sdk.service import PATHS, Service


class Backend(Service):
    """Makes links, and reads what became of their sessions."""

    def link(self, kind: str, user_id: str, **options: Any) -> tuple[str, dict[str, str]]:
        """Open a session; return the link to its page, and the session."""
        body = {"user_id": user_id, "capture_type": "webcam", "capture_link": options}
        opened = self.call("POST", PATHS[kind], body)
        return opened["capture_url"], {"token": opened["session_token"]}

    def another_link(self, session: Mapping[str, str]) -> str:
        """Return a new link, which replaces an earlier one that nobody has opened."""
        return self._link("/api/auth/sessions/current/link/", session)

    def handed_over(self, session: Mapping[str, str]) -> str:
        """Return the link for a phone that the session's page would make."""
        return self._link("/api/capture/handover/", session)

    def _link(self, path: str, session: Mapping[str, str]) -> str:
        answer = self._http.post(path, headers={"X-Session-Token": session["token"]}, json={})
        answer.raise_for_status()
        return str(answer.json()["capture_url"])

    def set_policy(self, **policy: Any) -> None:
        self._change({"policy": policy})

    def set_look(self, **look: Any) -> None:
        self.call("PATCH", "/api/clients/capture/", look)
