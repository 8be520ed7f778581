"""The addresses of users: any user id as one segment of a path.

A segment is the user id itself, percent-encoded like any text in a path; or ``~`` and the id's
UTF-8 in base64url without padding. The second form is for ids that proxies and browsers change in
a path, and for those that name something else there.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode

from clients.models import Subject

# Segments below `/api/clients/users/` that are no users.
RESERVED = frozenset({"import"})
# Removed from paths by browsers and proxies, percent-encoded or not (RFC 3986, 5.2.4).
_DOTS = frozenset({".", ".."})
_MARK = "~"
# The segment of no user: there is no empty user id.
NOBODY = ""

HOW = (
    "Names the user: the `user_id`, percent-encoded, unless it contains `/`, begins with `~`, or "
    "is `.`, `..` or `import`; then `~` and the base64url of its UTF-8, without "
    "padding. The second form works for every id. Answers give the ready-made address as `path`."
)
SLASH_HINT = "write a user id with a slash as ~ and the base64url of its UTF-8, without padding"


def segment_of(user_id: str) -> str:
    """Return the segment that names the user, before percent-encoding."""
    is_plain = (
        "/" not in user_id
        and not user_id.startswith(_MARK)
        and user_id not in _DOTS
        and user_id not in RESERVED
    )
    return user_id if is_plain else _MARK + _encode(user_id)


def user_id_of(segment: str) -> str:
    """Return the user id that a segment names, after percent-decoding; `NOBODY` for a malformed
    one."""
    if not segment.startswith(_MARK):
        return segment
    encoded = segment.removeprefix(_MARK)
    try:
        padded = encoded.encode("ascii") + b"=" * (-len(encoded) % 4)
        user_id = urlsafe_b64decode(padded).decode()
    except (binascii.Error, UnicodeError):
        return NOBODY
    # The decoder skips foreign characters and ignores bits at the end: one id has one such segment.
    return user_id if _encode(user_id) == encoded else NOBODY


def _encode(user_id: str) -> str:
    return urlsafe_b64encode(user_id.encode()).decode().rstrip("=")


def path_of(subject: Subject) -> str:
    """Return the address of a user, ready to be called."""
    from django.urls import reverse

    return reverse("client-user", kwargs={"user": subject.user_id})


class UserConverter:
    """The path converter of a user's segment: a view gets the user id."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        return user_id_of(value)

    def to_url(self, value: str) -> str:
        return segment_of(value)
