"""Calls from pages of other origins (RFC 6454): which are answered, and which are refused.

A page may post frames with a session's token where the session's client allows the page's origin. A
client's own token and its secret belong to its backend: from a page of another origin they are
refused, so that nobody ships them to browsers by mistake. Programs send no ``Origin``, and pages of
this service (Swagger UI) have its own.
"""

from collections.abc import Collection

from django.http import HttpRequest
from rest_framework.request import Request

from faceplatform.errors import FaceplatformError

_DECISION = "_faceplatform_origin_allowed"


class OriginNotAllowed(FaceplatformError):
    """The session's client does not list the page's origin."""

    code = "origin_not_allowed"
    status = 403
    title = "The session's client does not allow calls from pages of this origin"


class TokenNotForBrowsers(FaceplatformError):
    """A page of another origin sent what belongs to a client's backend."""

    code = "token_not_for_browsers"
    status = 403
    title = "A client's token and its API key are for its backend, never for a browser"


def page_origin(request: Request | HttpRequest) -> str | None:
    """Return the origin of the page of another site that makes the call; None for other calls.

    Browsers write both headers themselves; scripts cannot. ``Sec-Fetch-Site`` comes first: behind a
    proxy that changes the host, or ends HTTPS without saying so, our own origin is not known.
    """
    origin = request.headers.get("Origin")
    if origin is None or request.headers.get("Sec-Fetch-Site") == "same-origin":
        return None
    own = f"{request.scheme}://{request.get_host()}"
    return None if origin == own else origin


def refuse_pages(request: Request) -> None:
    """Refuse a call of a page of another origin: it has, or asks for, a client's token.

    Raises:
        TokenNotForBrowsers
    """
    if page_origin(request) is not None:
        raise TokenNotForBrowsers(
            "The call comes from a page of another origin. Whoever opens that page can read this "
            "token, and act as the client with it. Call from your backend, and give the page only "
            "the token of one session (X-Session-Token)"
        )


def require_allowed_page(request: Request, allowed: Collection[str]) -> None:
    """Refuse the call of a page whose origin is not among those that the session's client allows.

    Raises:
        OriginNotAllowed
        TokenNotForBrowsers: it sends a client's token, too.
    """
    origin = page_origin(request)
    if origin is None:
        return
    is_allowed = origin in allowed
    setattr(request._request, _DECISION, is_allowed)  # noqa: SLF001
    if not is_allowed:
        raise OriginNotAllowed
    if "Authorization" in request.headers:
        refuse_pages(request)


def decision_on(request: HttpRequest) -> bool | None:
    """Return the decision of `require_allowed_page` on this request; None if there was none."""
    decision: bool | None = getattr(request, _DECISION, None)
    return decision
