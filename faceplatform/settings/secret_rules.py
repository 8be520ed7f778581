"""Requirements on production's secrets. Errors never repeat a secret."""

import base64
import binascii

from faceplatform.errors import ConfigurationError

_SECRET_LENGTH = 50
_DISTINCT_CHARACTERS = 10
# 32 random bytes have fewer than 20 distinct values once in 10^9 keys.
_DISTINCT_BYTES = 20
# The keys of `faceplatform.settings.test` are public.
_PUBLIC_SECRETS = ("django-insecure-", "a-key-for-tests-only-")
_PUBLIC_KEYS = (b"0123456789abcdef0123456789abcdef", b"fedcba9876543210fedcba9876543210")


def require_secret_key(secret: str) -> None:
    """Refuse a SECRET_KEY that is short, repetitive or published.

    Raises:
        faceplatform.errors.ConfigurationError
    """
    if secret.startswith(_PUBLIC_SECRETS):
        raise ConfigurationError("SECRET_KEY is a published example; make one of your own")
    if len(secret) < _SECRET_LENGTH or len(set(secret)) < _DISTINCT_CHARACTERS:
        raise ConfigurationError(
            f"SECRET_KEY is too weak: it needs {_SECRET_LENGTH} random characters"
        )


def require_template_keys(entries: list[str], secret: str) -> None:
    """Refuse missing, repetitive and published template keys, and one shared with SECRET_KEY.

    Raises:
        faceplatform.errors.ConfigurationError
    """
    for key_id, encoded in _keys("FACEPLATFORM_TEMPLATE_KEYS", "Template key", entries):
        if encoded in secret:
            raise ConfigurationError(f"Template key {key_id!r} is also in SECRET_KEY")


def require_result_keys(entries: list[str], other_secrets: list[str]) -> None:
    """Refuse missing, repetitive and published keys of results, and one used for anything else.

    Raises:
        faceplatform.errors.ConfigurationError
    """
    for key_id, encoded in _keys("FACEPLATFORM_RESULT_KEYS", "Result key", entries):
        if any(encoded in secret for secret in other_secrets):
            raise ConfigurationError(
                f"Result key {key_id!r} is also in SECRET_KEY or FACEPLATFORM_TEMPLATE_KEYS"
            )


def _keys(variable: str, noun: str, entries: list[str]) -> list[tuple[str, str]]:
    """Return id and base64 of each key.

    Raises:
        faceplatform.errors.ConfigurationError: there is none, or one is no 32 random bytes.
    """
    if not entries:
        raise ConfigurationError(f"The environment variable {variable} is not set")
    found = []
    for entry in entries:
        key_id, _, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error as e:
            raise ConfigurationError(f"{noun} {key_id!r} is not base64") from e
        if len(key) != 32:
            raise ConfigurationError(f"A {noun.lower()} is written id:base64, 32 bytes of key")
        if key in _PUBLIC_KEYS:
            raise ConfigurationError(f"{noun} {key_id!r} is a published example")
        if len(set(key)) < _DISTINCT_BYTES:
            raise ConfigurationError(f"{noun} {key_id!r} is too weak: use random bytes")
        found.append((key_id, encoded))
    return found
