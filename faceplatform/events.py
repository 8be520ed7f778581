"""Events other parts can subscribe to: frozen records, one signal, sent inside the transaction.

Receivers run with ``send``, inside the transaction they hear about: their writes are committed or
rolled back with it. An exception in a receiver therefore undoes the decision, on purpose. A retried
transaction (`faceplatform.transactions`) publishes its events again, so anything that a rollback
does not undo belongs in ``transaction.on_commit``.

An event carries what its receivers need, and is published after everything it reports is written:
a receiver that reads the database sees exactly what will be committed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.dispatch import Signal

published = Signal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events.

    Attributes:
        client_id: primary key of the client it belongs to.
        subject_id: primary key of the user concerned, where one is known.
    """

    client_id: int
    subject_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened(Event):
    """A capture session was opened. Its members are those of `SessionEnded`.

    Attributes:
        expires_at: when it ends at the latest. ``at`` is when it was opened.
    """

    kind: str
    session_id: int
    public_id: UUID
    user_id: str | None
    capture_type: str
    source: str
    metadata: Mapping[str, Any]
    policy: Mapping[str, Any]
    model: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Event):
    """A capture session reached its end.

    Attributes:
        kind: ``enrollment`` or ``authentication``.
        session_id: the session's primary key in the table of its kind.
        public_id: its public id; an enrollment's ``enrollment_id``.
        user_id: the client's own id of the user the session was opened for; None in an
            identification.
        matched_subject_id, matched_user_id: the user an authentication recognised, by primary key
            and by the client's own id.
        capture_type: ``webcam``, ``mobile`` or ``api``.
        source: the API the session was opened through (`faceplatform.sessions.models.Source`).
        metadata: what the client attached to the session.
        status, reason: its final status, and the stable code of why it ended.
        frames_received, frames_accepted: frames posted, and good ones among them.
        spoof_frames: frames suspected as spoof.
        quality: mean unified quality 0..1 of the samples the session ended with; None without any.
        liveness_score: their passive liveness scores 0..1, fused (`liveness.fusion`); None where no
            check ran.
        liveness_verified: it succeeded, and every liveness check ran and passed on them.
        similarity: calibrated score 0..1 of the last comparison; None where none was made.
        duplicate_suspected: the face is also another user's, and the policy only flags that.
        policy: the capture policy the session was opened with; its ``false_match_rate`` is the
            operating point.
        model: the recognition model, ``name/version/alignment``.
        opened_at: when the session was opened. ``at`` is when it ended.
        stage_milliseconds: time in each stage of measuring, summed over its frames.
    """

    kind: str
    session_id: int
    public_id: UUID
    user_id: str | None
    matched_subject_id: int | None
    matched_user_id: str | None
    capture_type: str
    source: str
    metadata: Mapping[str, Any]
    status: str
    reason: str
    frames_received: int
    frames_accepted: int
    spoof_frames: int
    quality: float | None
    liveness_score: float | None
    liveness_verified: bool
    similarity: float | None
    duplicate_suspected: bool
    policy: Mapping[str, Any]
    model: str
    opened_at: datetime
    stage_milliseconds: Mapping[str, float]

    @property
    def duration(self) -> timedelta:
        return self.at - self.opened_at


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRemoved(Event):
    """A user's template was removed for good."""

    enrollment_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserErased(Event):
    """A user was erased for good, with templates and sessions.

    Attributes:
        user_id: the client's own id of the user, which no table holds any more.
        receipt_id: public id of the erasure's receipt.
    """

    user_id: str
    receipt_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCreated(Event):
    """A user was created: by a call of its own, or by the enrollment that names it first.

    Attributes:
        user_id: the client's own id of the user.
    """

    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserUpdated(Event):
    """Something recorded about a user was changed.

    Attributes:
        user_id: the client's own id of the user.
        changed: names of the changed members, as the API names them.
        before, after: their values, as JSON.
    """

    user_id: str
    changed: tuple[str, ...]
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDeactivated(Event):
    """A user was deactivated: it neither enrolls nor matches.

    Attributes:
        user_id: the client's own id of the user.
    """

    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserActivated(Event):
    """A user was activated.

    Attributes:
        user_id: the client's own id of the user.
    """

    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserLocked(Event):
    """So many verifications of a user failed that none opens until the client unlocks the user.

    Attributes:
        user_id: the client's own id of the user.
        failures: consecutive failures.
    """

    user_id: str
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserUnlocked(Event):
    """The client reset the count of a user's failed verifications.

    Attributes:
        user_id: the client's own id of the user.
    """

    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientChanged(Event):
    """Something recorded about a client was changed, by itself or by the operator.

    Attributes:
        before, after: values of the changed columns, as JSON.
    """

    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultExchanged(Event):
    """A successful authentication was exchanged for a signed result.

    Attributes:
        public_id: of the session.
        user_id: the client's own id of the user it recognized.
    """

    public_id: UUID
    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportStarted(Event):
    """A bulk import of users was stored and queued.

    Attributes:
        public_id: its public id.
        total: the number of its items.
    """

    public_id: UUID
    total: int


class ImportEnd(StrEnum):
    """The statuses that end an import."""

    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportCompleted(Event):
    """A bulk import of users reached its end.

    Attributes:
        public_id: its public id.
        reason: the stable code of an import that failed.
        total: the number of its items.
        results: the number of items that ended with each result.
    """

    public_id: UUID
    status: ImportEnd
    reason: str
    total: int
    results: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityAlert(Event):
    """Something happened that a security officer should look at.

    Attributes:
        alert: stable code, such as ``refresh_token_reused``.
        detail: further facts. No secret, no biometric data.
    """

    alert: str
    detail: Mapping[str, Any]


class CredentialChange(StrEnum):
    """The kinds of changes of a credential."""

    ISSUED = "issued"
    ROTATED = "rotated"  # issued in place of others, which end
    EXPIRY_SET = "expiry_set"
    SCOPES_SET = "scopes_set"
    RENAMED = "renamed"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsChanged(Event):
    """A credential of the client was issued or revoked, or its expiry, scopes or name were set.

    Attributes:
        credential_id: its public id. Of a rotation, the new credential's.
        by: public id of the credential that asked for it; None for the operator.
        before, after: of other scopes or another name, the values, as JSON.
    """

    credential_id: UUID
    change: CredentialChange
    by: UUID | None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


class GroupChange(StrEnum):
    """The kinds of changes of a group."""

    CREATED = "created"
    DELETED = "deleted"
    MEMBER_ADDED = "member_added"
    MEMBER_REMOVED = "member_removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChanged(Event):
    """A group was created or deleted, or a user became a member of it or ceased to be one.

    Attributes:
        group_id: its public id.
        name: its name.
        user_id: of a member, the client's own id of the user; empty otherwise.
    """

    group_id: UUID
    name: str
    change: GroupChange
    user_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressUnlocked(Event):
    """The client or the operator reset the count of an address's failed identifications.

    Attributes:
        address: the address; of IPv6, its network.
        failures: consecutive failures until then.
    """

    address: str
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityAlertResolved(Event):
    """Somebody resolved a security alert.

    Attributes:
        alert_id: its public id.
        alert: its stable code.
        note: the text that came with it.
    """

    alert_id: UUID
    alert: str
    note: str


class LinkChange(StrEnum):
    """The kinds of changes of a link to the capture page."""

    MADE = "made"
    HANDED_OVER = "handed_over"  # made by the page itself, for another device
    REDEEMED = "redeemed"
    RETRIED = "retried"  # it leads to another session, after the one before has failed


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureLinkChanged(Event):
    """A one-time link to the capture page was made or used. Nothing tells its secret.

    Attributes:
        session_id: public id of the session that it leads to.
        user_id: the client's own id of the session's user; empty in an identification.
        expires_at: when the link ends.
    """

    change: LinkChange
    session_id: UUID
    user_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureLookChanged(Event):
    """The look of a client's capture page was changed, by the client or by the operator.

    Attributes:
        before, after: the changed values, as JSON.
    """

    before: Mapping[str, Any]
    after: Mapping[str, Any]


class EndpointChange(StrEnum):
    """The kinds of changes of an endpoint of webhooks."""

    CREATED = "created"
    CHANGED = "changed"
    SECRET_REGENERATED = "secret_regenerated"  # noqa: S105  (a name, no secret)
    PAUSED = "paused"
    RESUMED = "resumed"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpointChanged(Event):
    """Somebody changed an endpoint that webhooks of the client are sent to.

    Attributes:
        endpoint_id: its public id.
        changed: of a change, the names of the changed members, as the API names them.
        by: public id of the credential that asked for it; None for the operator.
    """

    endpoint_id: UUID
    change: EndpointChange
    changed: tuple[str, ...]
    by: UUID | None


class DeliveryChange(StrEnum):
    """The acts of somebody on deliveries of webhooks."""

    RETRIED = "retried"  # one was sent again
    FAILED_RETRIED = "failed_retried"
    REPLAYED = "replayed"
    CLEARED = "cleared"  # old ones were deleted


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveriesChanged(Event):
    """Somebody had deliveries of webhooks sent again or deleted. Not published for none.

    Attributes:
        number: how many.
        endpoint_id: public id of the endpoint they belong to; None for all of the client's.
        delivery_id: public id of the delivery, of a single one.
    """

    change: DeliveryChange
    number: int
    endpoint_id: UUID | None
    delivery_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointEvent(Event):
    """Something happened to an endpoint of webhooks. It is not told to that endpoint.

    Attributes:
        endpoint_id: its public id.
    """

    endpoint_id: UUID
    endpoint_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointFailing(EndpointEvent):
    """For a day, an endpoint has done nothing but fail. Published once for each run of failures.

    Attributes:
        failing_since: the first failure after the last success.
    """

    failing_since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointDisabled(EndpointEvent):
    """An endpoint was disabled: nothing is recorded for it any more.

    Attributes:
        reason: stable code: ``failing`` after days of nothing but failures; ``gone`` after an
            answer 410.
    """

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptsExhausted(EndpointEvent):
    """The last attempt of a delivery failed. Not published for deliveries about webhooks.

    Attributes:
        message_id, event_type: those of the delivery.
    """

    message_id: str
    event_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyEvaluated(Event):
    """The operator is about to measure error rates on a client's sessions.

    Attributes:
        since: the first day whose sessions are counted.
        enrollments: enrollments whose kept pictures will be measured; 0 for none.
    """

    since: date
    enrollments: int


def publish(event: Event) -> None:
    """Send to all receivers. Call inside the transaction it reports, last."""
    published.send(sender=type(event), event=event)
