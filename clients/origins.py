"""Web origins that a client allows, as browsers write them."""

import re
from typing import Any

from django.core.exceptions import ValidationError

MOST = 20
LONGEST = 255
_HOST = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
_LOOPBACK = r"localhost|127\.0\.0\.1|\[::1\]"
_PORT = r"(?::(?!0)[0-9]{1,5})?"
# As a browser writes it (RFC 6454): small letters, punycode, no port that the scheme implies.
_ORIGIN = re.compile(
    rf"https://(?:{_HOST}|\[[0-9a-f:.]+\])(?!:443\Z){_PORT}"
    rf"|http://(?:{_LOOPBACK})(?!:80\Z){_PORT}"
)
RULE = (
    "Write an origin as the browser does: https://, the host in small letters, and a port unless "
    "it is 443; no path, no *. http:// is for localhost only."
)


def validate_origins(origins: Any) -> None:
    """Refuse a value that is not a list of different exact origins, at most `MOST` of them."""
    if not isinstance(origins, list):
        raise ValidationError("The origins must be a list.", "not_a_list")
    if len(origins) > MOST:
        raise ValidationError(f"At most {MOST} origins.", "too_many")
    if not all(isinstance(each, str) and is_origin(each) for each in origins):
        raise ValidationError(RULE, "invalid_origin")
    if len(set(origins)) < len(origins):
        raise ValidationError("Name each origin once.", "repeated")


def is_origin(text: str) -> bool:
    """Return True for an exact origin as a browser writes it."""
    return len(text) <= LONGEST and _ORIGIN.fullmatch(text) is not None
