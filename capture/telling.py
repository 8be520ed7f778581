"""Members of the capture page's answers."""

from typing import Any

from django.urls import reverse
from rest_framework.request import Request

from capture.links import Issued, Options, Redeemed, issue
from capture.looks import look_of
from capture.models import CaptureLook
from capture.retrying import retries_left
from clients.models import Client
from faceplatform.sessions import registry
from faceplatform.sessions.lookup import shown_status
from faceplatform.sessions.models import CaptureSession, SessionStatus
from faceplatform.sessions.telling import liveness_of

# Ends of sessions, as a page may know them.
OUTCOMES = ("completed", "matched", "not_matched", "failed", "cancelled", "expired")


def link_of(
    request: Request, session: CaptureSession, token: str, options: Options | None
) -> dict[str, Any]:
    """Make the link that an opening asks for; return its members, none if it asks for none.

    Raises:
        SessionNotFound, SessionExpired, SessionFinished
    """
    return {} if options is None else url_of(request, issue(session, token, options))


def url_of(request: Request, issued: Issued) -> dict[str, Any]:
    """Return `capture_url` and `capture_link_expires_at` of a new link."""
    path = reverse("capture-page", args=[issued.secret])
    return {
        "capture_url": request.build_absolute_uri(path),
        "capture_link_expires_at": issued.expires_at,
    }


def redeemed_as_json(redeemed: Redeemed, request: Request) -> dict[str, Any]:
    """Return all that the page of a link needs."""
    link, token, session = redeemed
    client: Client = link.client
    look, options, policy = look_of(client), Options.of(link), session.capture_policy
    kind = registry.kind_for_token(token)
    theme = options.theme or look.theme
    return {
        "session": page_session_as_json(session, token, request),
        "appearance": {
            "name": look.name or client.name,
            "logo_url": logo_url(look),
            "colors": look.colors or None,
            "theme": theme,
        },
        "language": options.language or None,
        "texts": look.texts,
        "notice": look.notice,
        "keeps_images": kind.keeps_images(session),
        "return_url": options.return_url or None,
        "parents": parents_of(look, options),
        "is_handover": link.is_handover,
        # Nothing goes on from the second device to a third.
        "handover": "refuse" if link.is_handover else policy.capture_handover,
        "refuse_virtual_cameras": policy.virtual_cameras == "refuse",
        # The person goes back to the first device, which offers them.
        "retries_left": 0 if link.is_handover else retries_left(session),
    }


def page_session_as_json(session: CaptureSession, token: str, request: Request) -> dict[str, Any]:
    """Return a session as the page needs it for the camera."""
    shown: Any = registry.kind_for_token(token).status(session)
    return {
        "token": token,
        "kind": shown.session_type,
        "session_id": session.public_id,
        "expires_at": session.expires_at,
        **liveness_of(session, request),
    }


def parents_of(look: CaptureLook, options: Options) -> list[str]:
    """Return the origins whose pages may show a link's page in a frame."""
    if not options.parent_origin:
        return list(look.allowed_parents)
    return [origin for origin in look.allowed_parents if origin == options.parent_origin]


def logo_url(look: CaptureLook) -> str | None:
    """Return the path of the look's logo; None without one."""
    return reverse("capture-logo", args=[look.logo_id]) if look.logo_id else None


def look_as_json(look: CaptureLook) -> dict[str, Any]:
    """Return the look as its client sees it."""
    names = ("name", "theme", "texts", "notice", "allowed_parents", "return_origins")
    shown = {name: getattr(look, name) for name in names}
    return shown | {"logo_url": logo_url(look), "colors": look.colors or None}


def outcome_of(session: CaptureSession, token: str) -> str | None:
    """Return how a session ended, without a score; None while it is open."""
    status, _ = shown_status(session)
    if status == SessionStatus.COMPLETED:
        shown: Any = registry.kind_for_token(token).status(session)
        result = getattr(shown, "result", "")  # an enrollment has none
        return {"success": "matched", "failure": "not_matched"}.get(result, "completed")
    ended = (SessionStatus.FAILED, SessionStatus.CANCELLED, SessionStatus.EXPIRED)
    return status if status in ended else None
