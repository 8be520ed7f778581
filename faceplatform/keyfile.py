"""Keys of the embedded default: created at the first start, kept in files of mode 0600."""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path


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
