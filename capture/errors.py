"""Errors of links to the capture page."""

from faceplatform.errors import FaceplatformError


class CaptureLinkNotFound(FaceplatformError):
    """Unknown, replaced by a newer one, or forgotten after its session."""

    code = "capture_link_not_found"
    status = 404
    title = "There is no such link"


class CaptureLinkUsed(FaceplatformError):
    code = "capture_link_used"
    status = 410
    title = "The link was used; ask for a new one"


class CaptureLinkExpired(FaceplatformError):
    """Its time is over, or its session has ended."""

    code = "capture_link_expired"
    status = 410
    title = "The link has expired; ask for a new one"


class ReturnUrlNotAllowed(FaceplatformError):
    """A link to a page that anybody may choose would make this service an open redirector."""

    code = "return_url_not_allowed"
    status = 400
    title = "The client lists no such origin among its return_origins or allowed_origins"


class ParentNotAllowed(FaceplatformError):
    code = "parent_not_allowed"
    status = 400
    title = "The client lists no such origin among the allowed_parents of its capture page"


class RetryNotAllowed(FaceplatformError):
    """The policy, the link's time or the session's end allow none, or no such session opens now."""

    code = "retry_not_allowed"
    status = 409
    title = "There is no further try; ask for a new link"


class HandoverNotAllowed(FaceplatformError):
    code = "handover_not_allowed"
    status = 403
    title = "The client's policy does not let another device go on with the session"
