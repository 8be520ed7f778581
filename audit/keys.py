"""The keys of the audit log: HMAC-SHA256, by id. The first one is in use."""

from functools import lru_cache

from django.conf import settings

from faceplatform import keyfile


@lru_cache(maxsize=4)
def _keys(entries: tuple[str, ...]) -> dict[str, bytes]:
    return keyfile.keys_by_id(entries, kind="audit")


def by_id() -> dict[str, bytes]:
    """Return all configured keys.

    Raises:
        faceplatform.errors.ConfigurationError
    """
    return _keys(tuple(settings.FACEPLATFORM_AUDIT_KEYS))


def current() -> tuple[str, bytes]:
    """Return the id and the bytes of the key in use."""
    return next(iter(by_id().items()))
