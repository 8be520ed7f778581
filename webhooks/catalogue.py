"""The vocabulary of webhooks: every type of event, and the patterns that subscribe to them."""

from django.db import models

EVERYTHING = "*"


class EventType(models.TextChoices):
    """Types that programs may rely on: ``family.what_happened``."""

    ENROLLMENT_STARTED = "enrollment.started"
    ENROLLMENT_COMPLETED = "enrollment.completed"
    ENROLLMENT_FAILED = "enrollment.failed"
    ENROLLMENT_EXPIRED = "enrollment.expired"
    AUTHENTICATION_SUCCEEDED = "authentication.succeeded"
    AUTHENTICATION_FAILED = "authentication.failed"
    AUTHENTICATION_EXPIRED = "authentication.expired"
    LIVENESS_FAILED = "liveness.failed"
    SUBJECT_CREATED = "subject.created"
    SUBJECT_UPDATED = "subject.updated"
    SUBJECT_DEACTIVATED = "subject.deactivated"
    SUBJECT_ACTIVATED = "subject.activated"
    SUBJECT_ERASED = "subject.erased"
    SUBJECT_LOCKED = "subject.locked"
    IMPORT_COMPLETED = "import.completed"
    SECURITY_ALERT = "security.alert"
    CREDENTIALS_CHANGED = "credentials.changed"
    ENDPOINT_FAILING = "webhook.endpoint_failing"
    ENDPOINT_DISABLED = "webhook.endpoint_disabled"
    ATTEMPTS_EXHAUSTED = "webhook.attempts_exhausted"
    TEST = "webhook.test"  # sent only when asked for, to the one endpoint

    @property
    def family(self) -> str:
        """The pattern that subscribes to its whole family, such as ``enrollment.*``."""
        return f"{self.value.partition('.')[0]}.*"

    @property
    def patterns(self) -> tuple[str, str, str]:
        """The patterns that subscribe to it."""
        return self.value, self.family, EVERYTHING


# Everything that an endpoint can subscribe to.
PATTERNS = frozenset(pattern for event in EventType for pattern in event.patterns)
