"""From one device to another: the page of a computer makes a link for a phone, and follows it."""

from io import BytesIO
from typing import Literal

import segno
from django.utils import timezone

from capture.errors import HandoverNotAllowed
from capture.links import Issued, Options, issue
from capture.models import CaptureLink
from faceplatform.sessions.models import CaptureSession

# The page shows a new code before this time is over.
SECONDS = 300

State = Literal["none", "waiting", "connected", "ended"]


def hand_over(session: CaptureSession, token: str) -> Issued:
    """Make a link by which another device goes on with the session.

    Raises:
        HandoverNotAllowed
        SessionNotFound, SessionExpired, SessionFinished
    """
    if session.capture_policy.capture_handover == "refuse":
        raise HandoverNotAllowed
    options = _options_of_first(session)
    wanted = Options(language=options.language, theme=options.theme, expires_in=SECONDS)
    return issue(session, token, wanted, is_handover=True)


def _options_of_first(session: CaptureSession) -> Options:
    """Return the options of the session's link; none for a page that needed no link."""
    rows = CaptureLink.objects.filter(session_id=session.public_id, is_handover=False)
    first = rows.order_by("-pk").first()
    return Options.of(first) if first else Options()


def state_of(session: CaptureSession) -> State:
    """Return the state of a session that another device may go on with."""
    if not session.is_open or session.is_overdue(timezone.now()) or session.is_cut_off:
        return "ended"
    rows = CaptureLink.objects.filter(session_id=session.public_id, is_handover=True)
    link = rows.order_by("-pk").first()
    if link is None:
        return "none"
    return "waiting" if link.redeemed_at is None else "connected"


def qr_code_of(url: str) -> str:
    """Return the address as a QR code: an SVG document of black on white."""
    image = BytesIO()
    code = segno.make(url, micro=False, error="m")
    code.save(image, kind="svg", scale=4, dark="black", light="white", xmldecl=False, omitsize=True)
    return image.getvalue().decode()
