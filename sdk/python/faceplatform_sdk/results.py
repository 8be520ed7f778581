"""Verifies signed results. Needs ``pip install 'faceplatform-sdk[results]'``."""

from typing import Any

import jwt

from faceplatform_sdk._addresses import checked_base_url
from faceplatform_sdk.errors import ResultRejected

# As long as docs/integration.md lets a verifier keep the keys.
_KEYS_KEPT_SECONDS = 300


class ResultVerifier:
    """Tells a service that cannot call the API who was recognized.

    Args:
        base_url: of the service that signs; its keys are read from there.
        client_id: of your client (``client.info().client.client_id``).
        issuer: as the operator set it.
        allow_http: read the keys without encryption from another machine than this one.
    """

    def __init__(
        self,
        base_url: str,
        client_id: str,
        *,
        issuer: str = "faceplatform",
        allow_http: bool = False,
    ) -> None:
        address = checked_base_url(base_url, allow_http=allow_http)
        self._keys = jwt.PyJWKClient(
            f"{address}/.well-known/jwks.json", lifespan=_KEYS_KEPT_SECONDS, timeout=10
        )
        self._client_id = client_id
        self._issuer = issuer

    def verify(self, token: str, *, nonce: str | None = None) -> dict[str, Any]:
        """Return the claims of a signed result, such as ``sub``, the user.

        Accept each ``jti`` once if a result must not be shown twice.

        Args:
            nonce: that the session was opened with; None if it had none.

        Raises:
            ResultRejected: the token is no valid result for this client, or of another session.
        """
        try:
            if jwt.get_unverified_header(token).get("typ") != "faceplatform-result+jwt":
                raise ResultRejected("not a result")
            claims: dict[str, Any] = jwt.decode(
                token,
                self._keys.get_signing_key_from_jwt(token).key,
                algorithms=["EdDSA"],
                issuer=self._issuer,
                audience=self._client_id,
                options={"require": ["exp", "iat", "sub", "jti"]},
            )
        except jwt.PyJWTError as e:
            raise ResultRejected(str(e)) from e
        if claims.get("decision") != "success" or claims.get("nonce") != nonce:
            raise ResultRejected("of another authentication")
        return claims
