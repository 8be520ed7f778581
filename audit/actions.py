"""The vocabulary of the audit log."""

from django.db import models


class Action(models.TextChoices):
    """Stable codes that programs may rely on: ``object.what_happened``."""

    STAFF_SIGNED_IN = "staff.signed_in"
    STAFF_SIGNED_OUT = "staff.signed_out"
    STAFF_FACTOR_ENROLLED = "staff.factor_enrolled"
    STAFF_FACTOR_REMOVED = "staff.factor_removed"
    STAFF_FACTOR_REFUSED = "staff.factor_refused"
    ADMIN_ADDED = "admin.added"
    ADMIN_CHANGED = "admin.changed"
    ADMIN_DELETED = "admin.deleted"
    ADMIN_VIEWED = "admin.viewed"
    ADMIN_LISTED = "admin.listed"
    CREDENTIAL_ISSUED = "credential.issued"
    CREDENTIAL_ROTATED = "credential.rotated"
    CREDENTIAL_EXPIRY_SET = "credential.expiry_set"
    CREDENTIAL_REVOKED = "credential.revoked"
    CLIENT_CHANGED = "client.changed"
    USER_CREATED = "user.created"
    USER_UPDATED = "user.updated"
    USER_ACTIVATED = "user.activated"
    USER_DEACTIVATED = "user.deactivated"
    USER_LOCKED = "user.locked"
    USER_UNLOCKED = "user.unlocked"
    USER_ERASED = "user.erased"
    TEMPLATE_REMOVED = "template.removed"
    ENROLLMENT_ENDED = "enrollment.ended"
    AUTHENTICATION_ENDED = "authentication.ended"
    RESULT_EXCHANGED = "authentication.exchanged"
    IMPORT_STARTED = "import.started"
    IMPORT_ENDED = "import.ended"
    SECURITY_ALERT = "security.alert"
    AUDIT_PRUNED = "audit.pruned"


class ActorType(models.TextChoices):
    """The kinds of actors."""

    CREDENTIAL = "credential"  # an API key; named by its public id
    SESSION = "session"  # the holder of one session's token
    STAFF = "staff"  # an account of the admin
    SYSTEM = "system"  # the product itself, or a command of the operator
    ANONYMOUS = "anonymous"  # a caller that showed nothing
