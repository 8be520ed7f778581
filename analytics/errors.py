"""Errors of analytics."""

from faceplatform.errors import FaceplatformError


class AuthLogNotFound(FaceplatformError):
    code = "auth_log_not_found"
    status = 404
    title = "This client has no such entry in its log of sessions"


class AlertNotFound(FaceplatformError):
    code = "alert_not_found"
    status = 404
    title = "This client has no such security alert"


class AlertResolved(FaceplatformError):
    code = "alert_resolved"
    status = 409
    title = "The security alert is resolved already"


class ExportTooLarge(FaceplatformError):
    code = "export_too_large"
    status = 400
    title = "The export has more rows than one file may have"
