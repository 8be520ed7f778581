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
_PUBLIC_TEMPLATE_KEYS = (b"0123456789abcdef0123456789abcdef",)


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
    if not entries:
        raise ConfigurationError("The environment variable FACEPLATFORM_TEMPLATE_KEYS is not set")
    for entry in entries:
        key_id, _, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error as e:
            raise ConfigurationError(f"Template key {key_id!r} is not base64") from e
        if len(key) != 32:
            raise ConfigurationError("A template key is written id:base64, 32 bytes of key")
        if key in _PUBLIC_TEMPLATE_KEYS:
            raise ConfigurationError(f"Template key {key_id!r} is a published example")
        if len(set(key)) < _DISTINCT_BYTES:
            raise ConfigurationError(f"Template key {key_id!r} is too weak: use random bytes")
        if encoded in secret:
            raise ConfigurationError(f"Template key {key_id!r} is also in SECRET_KEY")
