from faceplatform.errors import FaceplatformError


class AuditEntryNotFound(FaceplatformError):
    code = "audit_entry_not_found"
    status = 404
    title = "This client's audit log has no such entry"


class SecurityEventNotFound(FaceplatformError):
    code = "security_event_not_found"
    status = 404
    title = "This client has no such security event"
