"""Reads how long an access token is valid."""

import base64
import json

# Renewed before its end, so that no call on its way carries a token that ends.
_USED_SHARE = 0.9


def usable_seconds(access: str) -> float | None:
    """Return the seconds after its issue at which to renew this token; None if it does not say.

    The claims are not verified: a wrong time costs a 401, after which tokens are exchanged.
    """
    try:
        _, payload, _ = access.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(claims["exp"] - claims["iat"]) * _USED_SHARE
    except (ValueError, KeyError, TypeError):
        return None
