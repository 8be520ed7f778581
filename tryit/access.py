"""Access to the page: from this machine alone, and once with each key."""

import hashlib
import secrets
from ipaddress import ip_address

from django.conf import settings
from django.core.cache import cache
from django.core.signing import BadSignature, TimestampSigner
from django.http.request import split_domain_port
from rest_framework.request import Request

from faceplatform.api.addresses import AddressUnknown
from faceplatform.api.proxied import is_proxied
from faceplatform.errors import FaceplatformError

# A link that is printed at the start is opened in the course of a day.
KEY_SECONDS = 12 * 60 * 60
_SALT = "tryit.key"


class TryKeyInvalid(FaceplatformError):
    code = "try_key_invalid"
    status = 403
    title = "This link was opened before, or is too old"


def new_key() -> str:
    """Return a key for one use, signed."""
    return TimestampSigner(salt=_SALT).sign(secrets.token_urlsafe(24))


def spend(key: str) -> None:
    """Use a key up.

    Raises:
        TryKeyInvalid: it was used before, is too old, or is none.
    """
    try:
        TimestampSigner(salt=_SALT).unsign(key, max_age=KEY_SECONDS)
    except BadSignature as e:
        raise TryKeyInvalid from e
    digest = hashlib.sha256(key.encode()).hexdigest()
    if not cache.add(f"tryit:{digest}", 1, timeout=KEY_SECONDS):
        raise TryKeyInvalid


def require_local(request: Request) -> None:
    """Refuse whoever is not on this machine, as if there were no page.

    The name of the host is looked at, too: a page of a stranger's domain that was pointed to this
    machine (DNS rebinding) sends its own. So are the headers of proxies, which call from loopback.

    Raises:
        AddressUnknown
    """
    host, _ = split_domain_port(request.META.get("HTTP_HOST", ""))
    is_local = _is_loopback(request.META.get("REMOTE_ADDR", "")) and (
        host == "localhost" or _is_loopback(host)
    )
    if not settings.FACEPLATFORM_TRY_IT or is_proxied(request) or not is_local:
        raise AddressUnknown


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False
