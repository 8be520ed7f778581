"""Holds the tokens of a client: exchanges key and secret for them, and renews them in time."""

from collections.abc import Callable
from typing import Any

from faceplatform_sdk._answers import parsed
from faceplatform_sdk._calls import Call
from faceplatform_sdk._concurrency import Lock
from faceplatform_sdk._tokens import usable_seconds
from faceplatform_sdk.errors import FaceplatformError
from faceplatform_sdk.models import Tokens


class TokenHolder:
    """One caller at a time gets new tokens; the others wait for them.

    Args:
        send: makes a call and returns its answer.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        key: str,
        secret: str,
        *,
        send: Callable[[Call], Any],
        clock: Callable[[], float],
    ) -> None:
        self._credentials = {"api_key": key, "api_secret": secret}
        self._send = send
        self._clock = clock
        self._lock = Lock()
        self._access: str | None = None
        self._refresh: str | None = None
        self._renew_at: float | None = None

    def access(self) -> str:
        """Return an access token, a new one where the present one is about to end.

        Raises:
            FaceplatformError: the service gives none.
        """
        with self._lock:
            is_due = self._renew_at is not None and self._clock() >= self._renew_at
            if self._access is None or is_due:
                self._access = self._renewed()
            return self._access

    def reject(self, access: str) -> None:
        """Forget all tokens if this one, which the service refused, is still in use."""
        with self._lock:
            if self._access == access:
                self._access = self._refresh = None

    def _renewed(self) -> str:
        """Return a new access token: refresh, or exchange key and secret if that fails.

        A refresh token is forgotten before it is sent: it is valid once, and if its answer gets
        lost, sending it again would end the tokens that it gave.
        """
        asked_at = self._clock()
        refresh, self._access, self._refresh = self._refresh, None, None
        tokens = self._refreshed(refresh) if refresh is not None else None
        if tokens is None:
            asked_at = self._clock()
            tokens = self._exchanged()
        self._refresh = tokens.refresh
        lifetime = usable_seconds(tokens.access)
        self._renew_at = None if lifetime is None else asked_at + lifetime
        return tokens.access

    def _refreshed(self, refresh: str) -> Tokens | None:
        call = Call(
            method="POST",
            path="/api/core/auth/token/refresh/",
            json={"refresh": refresh},
            is_open=True,
        )
        try:
            return parsed(Tokens, self._send(call))
        except FaceplatformError:
            return None

    def _exchanged(self) -> Tokens:
        call = Call(
            method="POST",
            path="/api/core/auth/client/",
            json=self._credentials,
            is_open=True,
            # Tokens whose answer got lost only expire: to ask again does no harm.
            is_harmless=True,
        )
        return parsed(Tokens, self._send(call))
