"""Keys of the embedded default: made at the first start, kept in files of mode 0600."""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path


def secret_key(path: Path) -> str:
    """Django's SECRET_KEY, kept in ``path``."""
    return _kept(path, secrets.token_urlsafe(48))


def template_key(path: Path) -> str:
    """An ``id:base64`` AES-256 key for templates, kept in ``path``."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return _kept(path, f"local-{secrets.token_hex(4)}:{key}")


def derived(secret: str, purpose: str) -> str:
    """A key for one purpose, so that no two uses share one (HMAC-SHA256 as a KDF, SP 800-108)."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def _kept(path: Path, fresh: str) -> str:
    """What the file holds; a missing one is first written with ``fresh``.

    Written aside and linked into place: of several processes starting at once one wins, and
    nobody ever reads a half-written key.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(fresh)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first: its key is the one
        finally:
            draft.unlink()
    return path.read_text().strip()
