"""Signatures on results that other services verify: Ed25519, with key ids (RFC 8037, RFC 7517).

The first of FACEPLATFORM_RESULT_KEYS signs. The public halves of all are published, so that results
signed before a rotation, and by a machine that was not restarted yet, can still be verified.
"""

import base64
import binascii
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from jwt.algorithms import OKPAlgorithm

from faceplatform.errors import ConfigurationError

ALGORITHM = "EdDSA"


@lru_cache(maxsize=4)
def _keys(entries: tuple[str, ...]) -> dict[str, Ed25519PrivateKey]:
    """Parse ``id:base64`` entries; the first is the current key."""
    keys: dict[str, Ed25519PrivateKey] = {}
    for entry in entries:
        key_id, _, encoded = entry.partition(":")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except binascii.Error as e:
            raise ConfigurationError(f"Result key {key_id!r} is not base64") from e
        if not key_id or len(key_id) > 40 or len(raw) != 32:
            raise ConfigurationError("A result key is written id:base64, 32 bytes of key")
        if key_id in keys:
            raise ConfigurationError(f"Result key id {key_id!r} is given twice")
        keys[key_id] = Ed25519PrivateKey.from_private_bytes(raw)
    if not keys:
        raise ConfigurationError("FACEPLATFORM_RESULT_KEYS holds no key")
    return keys


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
