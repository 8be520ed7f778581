"""Signatures on results that other services verify: Ed25519, with key ids (RFC 8037, RFC 7517).

The first of FACEPLATFORM_RESULT_KEYS signs. The public halves of all are published, so that results
signed before a rotation, and by a machine that was not restarted yet, can still be verified.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from jwt.algorithms import OKPAlgorithm

from faceplatform import keyfile

ALGORITHM = "EdDSA"


@lru_cache(maxsize=4)
def _keys(entries: tuple[str, ...]) -> dict[str, Ed25519PrivateKey]:
    """Parse ``id:base64`` entries; the first is the current key."""
    raw = keyfile.keys_by_id(entries, kind="result")
    return {key_id: Ed25519PrivateKey.from_private_bytes(key) for key_id, key in raw.items()}


def _configured() -> dict[str, Ed25519PrivateKey]:
    return _keys(tuple(settings.FACEPLATFORM_RESULT_KEYS))


def current_key_id() -> str:
    """Return the id of the key that signs."""
    return next(iter(_configured()))


def sign(claims: Mapping[str, Any], *, token_type: str) -> str:
    """Return a JWT with these claims, signed with the current key.

    Args:
        token_type: the header ``typ``, by which a verifier tells its kinds of token apart.
    """
    key_id, key = next(iter(_configured().items()))
    return jwt.encode(
        dict(claims), key, algorithm=ALGORITHM, headers={"kid": key_id, "typ": token_type}
    )


def public_keys() -> dict[str, Any]:
    """Return the public halves of all configured keys as a JSON Web Key Set."""
    return {"keys": [_published(key_id, key) for key_id, key in _configured().items()]}


def _published(key_id: str, key: Ed25519PrivateKey) -> dict[str, str]:
    point = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {
        "kty": str(point["kty"]),
        "crv": str(point["crv"]),
        "x": str(point["x"]),
        "kid": key_id,
        "alg": ALGORITHM,
        "use": "sig",
    }
