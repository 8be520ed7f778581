"""Keys: those of the embedded default, which the first start creates and keeps in files of mode
0600, and the parsing of keys with ids."""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from faceplatform.errors import ConfigurationError


def secret_key(path: Path) -> str:
    """Return Django's SECRET_KEY, kept in ``path``."""
    return _kept(path, secrets.token_urlsafe(48))


def template_key(path: Path) -> str:
    """Return an ``id:base64`` AES-256 key for templates, kept in ``path``."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return _kept(path, f"local-{secrets.token_hex(4)}:{key}")


def result_key(path: Path) -> str:
    """Return an ``id:base64`` Ed25519 key that signs results, kept in ``path``."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return _kept(path, f"local-{secrets.token_hex(4)}:{key}")


def derived(secret: str, purpose: str) -> str:
    """Derive a key for one purpose, so no two uses share one (HMAC-SHA256 as KDF, SP 800-108)."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def derived_entry(secret: str, purpose: str) -> str:
    """Return an ``id:base64`` key derived for one purpose. The id names the key, not the secret."""
    key = bytes.fromhex(derived(secret, purpose))
    key_id = hashlib.sha256(key).hexdigest()[:12]
    return f"derived-{key_id}:{base64.b64encode(key).decode()}"


def _kept(path: Path, fresh: str) -> str:
    """Return the content of the file, which is created with ``fresh`` if it is missing.

    The key is written to a draft and linked into place: if several processes start at once, one of
    them wins, and no process reads a half-written key.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(fresh)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first: its key counts
        finally:
            draft.unlink()
    return path.read_text().strip()


def keys_by_id(entries: Iterable[str], *, kind: str) -> dict[str, bytes]:
    """Parse ``id:base64`` entries of 32-byte keys; the first is the current key.

    Args:
        kind: ``template``, ``result`` or ``audit``, for messages.

    Raises:
        ConfigurationError: an entry is malformed, an id is given twice, or there is no key.
    """
    keys: dict[str, bytes] = {}
    for entry in entries:
        key_id, _, encoded = entry.partition(":")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except binascii.Error as e:
            raise ConfigurationError(f"{kind.capitalize()} key {key_id!r} is not base64") from e
        if not key_id or len(key_id) > 40 or len(raw) != 32:
            raise ConfigurationError(f"A {kind} key is written id:base64, 32 bytes of key")
        if key_id in keys:
            raise ConfigurationError(f"{kind.capitalize()} key id {key_id!r} is given twice")
        keys[key_id] = raw
    if not keys:
        raise ConfigurationError(f"FACEPLATFORM_{kind.upper()}_KEYS holds no key")
    return keys
