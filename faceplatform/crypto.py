"""Encryption at rest of biometric data: AES-256-GCM, with key ids, bound to the data's row.

The stored form is the nonce (12 random bytes, NIST SP 800-38D section 8.2.2) and the ciphertext
with its tag. The key's id is stored in a column of the same row, so that a rotation finds the rows
left to do. The associated data names the row, so a ciphertext copied into another row does not
decrypt.
"""

import secrets
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from faceplatform import keyfile
from faceplatform.errors import FaceplatformError

_NONCE_BYTES = 12


class DecryptionFailed(FaceplatformError):
    code = "decryption_failed"
    status = 503
    title = "Stored biometric data cannot be read with the configured keys"


@dataclass(frozen=True, slots=True)
class Sealed:
    key_id: str
    data: bytes


@lru_cache(maxsize=4)
def _keys(entries: tuple[str, ...]) -> dict[str, AESGCM]:
    """Parse ``id:base64`` entries; the first is the current key."""
    raw = keyfile.keys_by_id(entries, kind="template")
    return {key_id: AESGCM(key) for key_id, key in raw.items()}


def _configured() -> dict[str, AESGCM]:
    return _keys(tuple(settings.FACEPLATFORM_TEMPLATE_KEYS))


def current_key_id() -> str:
    """Return the id of the key that new data is sealed with."""
    return next(iter(_configured()))


def seal(plaintext: bytes, *, context: str) -> Sealed:
    """Encrypt with the current key, bound to ``context``."""
    key_id, key = next(iter(_configured().items()))
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return Sealed(key_id, nonce + key.encrypt(nonce, plaintext, context.encode()))


def unseal(sealed: Sealed, *, context: str) -> bytes:
    """Decrypt the result of `seal` with the same context.

    Raises:
        DecryptionFailed: unknown key id, another context, or altered data.
    """
    key = _configured().get(sealed.key_id)
    if key is None:
        raise DecryptionFailed(f"No template key with the id {sealed.key_id!r} is configured")
    nonce, ciphertext = sealed.data[:_NONCE_BYTES], sealed.data[_NONCE_BYTES:]
    try:
        return key.decrypt(nonce, ciphertext, context.encode())
    except (InvalidTag, ValueError) as e:  # the latter for data too short to hold a nonce
        raise DecryptionFailed from e
