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
    CREDENTIAL_SCOPES_SET = "credential.scopes_set"
    CREDENTIAL_RENAMED = "credential.renamed"
    CREDENTIAL_REVOKED = "credential.revoked"
    CLIENT_CHANGED = "client.changed"
    USER_CREATED = "user.created"
    USER_UPDATED = "user.updated"
    USER_ACTIVATED = "user.activated"
    USER_DEACTIVATED = "user.deactivated"
    USER_LOCKED = "user.locked"
    USER_UNLOCKED = "user.unlocked"
    USER_ERASED = "user.erased"
    ACCURACY_EVALUATED = "accuracy.evaluated"
    ADDRESS_UNLOCKED = "address.unlocked"
    GROUP_CREATED = "group.created"
    GROUP_DELETED = "group.deleted"
    GROUP_MEMBER_ADDED = "group.member_added"
    GROUP_MEMBER_REMOVED = "group.member_removed"
    TEMPLATE_REMOVED = "template.removed"
    ENROLLMENT_ENDED = "enrollment.ended"
    AUTHENTICATION_ENDED = "authentication.ended"
    LINK_MADE = "capture_link.made"
    LINK_HANDED_OVER = "capture_link.handed_over"
    LINK_REDEEMED = "capture_link.redeemed"
    LINK_RETRIED = "capture_link.retried"
    LOOK_CHANGED = "capture_look.changed"
    RESULT_EXCHANGED = "authentication.exchanged"
    IMPORT_STARTED = "import.started"
    IMPORT_ENDED = "import.ended"
    IMPORT_CANCELLED = "import.cancelled"
    WEBHOOK_CREATED = "webhook.created"
    WEBHOOK_CHANGED = "webhook.changed"
    WEBHOOK_SECRET_REGENERATED = "webhook.secret_regenerated"  # noqa: S105  (a name, no secret)
    WEBHOOK_PAUSED = "webhook.paused"
    WEBHOOK_RESUMED = "webhook.resumed"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_DELETED = "webhook.deleted"
    WEBHOOK_RETRIED = "webhook.retried"
    WEBHOOK_FAILED_RETRIED = "webhook.failed_retried"
    WEBHOOK_REPLAYED = "webhook.replayed"
    WEBHOOK_CLEARED = "webhook.cleared"
    SECURITY_ALERT = "security.alert"
    SECURITY_ALERT_RESOLVED = "security.alert_resolved"
    AUDIT_PRUNED = "audit.pruned"
    AUDIT_CHAIN_BEGUN = "audit.chain_begun"
    AUDIT_CHAIN_ENDED = "audit.chain_ended"
    AUDIT_HEADS_NOTED = "audit.heads_noted"


class ActorType(models.TextChoices):
    """The kinds of actors."""

    CREDENTIAL = "credential"  # an API key; named by its public id
    SESSION = "session"  # the holder of one session's token
    STAFF = "staff"  # an account of the admin
    SYSTEM = "system"  # the product itself, or a command of the operator
    ANONYMOUS = "anonymous"  # a caller that showed nothing
