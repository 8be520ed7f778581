from faceplatform.errors import FaceplatformError


class AuditEntryNotFound(FaceplatformError):
    code = "audit_entry_not_found"
    status = 404
    title = "This client's audit log has no such entry"


class SecurityEventNotFound(FaceplatformError):
    code = "security_event_not_found"
    status = 404
    title = "This client has no such security event"


class AuditPartNotFound(FaceplatformError):
    code = "audit_part_not_found"
    status = 404
    title = "This client's audit log has no entry of that number; it may have been deleted by age"


class AuditChainBroken(FaceplatformError):
    code = "audit_chain_broken"
    status = 409
    title = "This client's audit log is not whole; the operator of the service was alerted"
