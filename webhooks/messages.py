"""From the events of the product to the messages of webhooks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial, singledispatch
from typing import Any
from uuid import UUID

from faceplatform import events
from faceplatform.conf import CapturePolicy
from faceplatform.liveness.methods import methods_of
from faceplatform.sessions.models import SessionStatus
from faceplatform.sessions.reasons import Reason
from webhooks import payloads
from webhooks.catalogue import EventType
from webhooks.payloads import Data


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, for every endpoint that subscribed to its type.

    Attributes:
        data: makes its data; called only where somebody subscribed.
        subject_pk: primary key of the user it is about; None also where that row is gone.
        not_to: public id of the endpoint that it is about, and is not sent to.
    """

    event_type: EventType
    occurred_at: datetime
    data: Callable[[], Data]
    subject_pk: int | None = None
    not_to: UUID | None = None


def messages_of(event: events.Event) -> list[Message]:
    """Return what is to be told of an event; nothing of events without a type in the catalogue."""
    return list(_messages(event))


@singledispatch
def _messages(event: events.Event) -> Iterator[Message]:
    yield from ()


@_messages.register
def _(event: events.SessionOpened) -> Iterator[Message]:
    if event.kind != "enrollment" or event.user_id is None:
        return
    yield Message(
        event_type=EventType.ENROLLMENT_STARTED,
        occurred_at=event.at,
        subject_pk=event.subject_id,
        data=partial(_enrollment_started, event),
    )


@_messages.register
def _(event: events.SessionEnded) -> Iterator[Message]:
    about = event.subject_id or event.matched_subject_id
    if failed_liveness(event):
        yield Message(
            event_type=EventType.LIVENESS_FAILED,
            occurred_at=event.at,
            subject_pk=about,
            data=partial(_liveness_failed, event),
        )
    if event.kind == "enrollment":
        yield Message(
            event_type=_ENROLLMENT_ENDS.get(event.status, EventType.ENROLLMENT_FAILED),
            occurred_at=event.at,
            subject_pk=about,
            data=partial(_enrollment_ended, event),
        )
    else:
        yield Message(
            event_type=_authentication_end(event),
            occurred_at=event.at,
            subject_pk=about,
            data=partial(_authentication_ended, event),
        )


def _enrollment_started(event: events.SessionOpened) -> Data:
    return payloads.EnrollmentStartedData.model_validate(
        {
            "enrollment_id": event.public_id,
            "user_id": event.user_id,
            "capture_type": event.capture_type,
            "source": event.source,
            "metadata": event.metadata,
            "created_at": event.at,
            "expires_at": event.expires_at,
        }
    )


def failed_liveness(event: events.SessionEnded) -> bool:
    """Return True if a session ended without success because its liveness checks failed: it had
    too many suspected spoofs or faults in its challenge, or ran out of frames after a suspicion."""
    return event.reason == Reason.LIVENESS_FAILED or (
        event.reason == Reason.FRAME_LIMIT and event.spoof_frames > 0
    )


_ENROLLMENT_ENDS = {
    SessionStatus.COMPLETED.value: EventType.ENROLLMENT_COMPLETED,
    SessionStatus.EXPIRED.value: EventType.ENROLLMENT_EXPIRED,
}


def _authentication_end(event: events.SessionEnded) -> EventType:
    if event.status == SessionStatus.EXPIRED:
        return EventType.AUTHENTICATION_EXPIRED
    if event.reason == Reason.MATCHED:
        return EventType.AUTHENTICATION_SUCCEEDED
    return EventType.AUTHENTICATION_FAILED


def _ended(event: events.SessionEnded) -> dict[str, Any]:
    """Return the members that all sessions have in common."""
    policy = CapturePolicy.model_validate(event.policy)
    methods = methods_of(policy.liveness)
    return {
        "status": event.status,
        "reason": event.reason,
        "capture_type": event.capture_type,
        "source": event.source,
        "metadata": event.metadata,
        "frames_received": event.frames_received,
        "spoof_frames": event.spoof_frames,
        "quality_score": _rounded(event.quality),
        "liveness_score": _rounded(event.liveness_score),
        "liveness_methods": list(methods),
        "liveness_verified": event.liveness_verified if methods else None,
        "false_match_rate": policy.false_match_rate,
        "created_at": event.opened_at,
        "finished_at": event.at,
    }


def _enrollment_ended(event: events.SessionEnded) -> Data:
    return payloads.EnrollmentEndedData.model_validate(
        {
            "enrollment_id": event.public_id,
            "user_id": event.user_id,
            "duplicate_suspected": event.duplicate_suspected,
            **_ended(event),
        }
    )


def _authentication_ended(event: events.SessionEnded) -> Data:
    matched = event.matched_user_id
    result = "success" if event.reason == Reason.MATCHED else "failure"
    return payloads.AuthenticationEndedData.model_validate(
        {
            "session_id": event.public_id,
            "session_type": "identification" if event.user_id is None else "verification",
            "user_id": event.user_id,
            "result": result if event.status == SessionStatus.COMPLETED else None,
            "matched_user": None if matched is None else {"user_id": matched},
            "similarity_score": _rounded(event.similarity),
            **_ended(event),
        }
    )


def _liveness_failed(event: events.SessionEnded) -> Data:
    return payloads.LivenessFailedData.model_validate(
        {
            "kind": event.kind,
            "session_id": event.public_id,
            "user_id": event.user_id,
            "reason": event.reason,
            "capture_type": event.capture_type,
            "source": event.source,
            "metadata": event.metadata,
            "frames_received": event.frames_received,
            "spoof_frames": event.spoof_frames,
        }
    )


def _rounded(score: float | None) -> float | None:
    """Return a score as the API shows it."""
    return None if score is None else round(score, 3)


def _of_user(event_type: EventType, event: events.Event, data: Callable[[], Data]) -> Message:
    return Message(
        event_type=event_type, occurred_at=event.at, subject_pk=event.subject_id, data=data
    )


@_messages.register
def _(event: events.UserCreated) -> Iterator[Message]:
    data = partial(payloads.SubjectData, user_id=event.user_id)
    yield _of_user(EventType.SUBJECT_CREATED, event, data)


@_messages.register
def _(event: events.UserUpdated) -> Iterator[Message]:
    data = partial(payloads.SubjectUpdatedData, user_id=event.user_id, changed=event.changed)
    yield _of_user(EventType.SUBJECT_UPDATED, event, data)


@_messages.register
def _(event: events.UserDeactivated) -> Iterator[Message]:
    data = partial(payloads.SubjectData, user_id=event.user_id)
    yield _of_user(EventType.SUBJECT_DEACTIVATED, event, data)


@_messages.register
def _(event: events.UserActivated) -> Iterator[Message]:
    data = partial(payloads.SubjectData, user_id=event.user_id)
    yield _of_user(EventType.SUBJECT_ACTIVATED, event, data)


@_messages.register
def _(event: events.UserLocked) -> Iterator[Message]:
    data = partial(
        payloads.SubjectLockedData, user_id=event.user_id, failed_attempts=event.failures
    )
    yield _of_user(EventType.SUBJECT_LOCKED, event, data)


def _of_client(event_type: EventType, event: events.Event, data: Callable[[], Data]) -> Message:
    return Message(event_type=event_type, occurred_at=event.at, data=data)


@_messages.register
def _(event: events.UserErased) -> Iterator[Message]:
    # Without the user, whose row is gone: see `outbox.finished`.
    data = partial(payloads.SubjectErasedData, user_id=event.user_id, receipt_id=event.receipt_id)
    yield _of_client(EventType.SUBJECT_ERASED, event, data)


@_messages.register
def _(event: events.ImportCompleted) -> Iterator[Message]:
    data = partial(
        payloads.ImportCompletedData,
        import_id=event.public_id,
        status=event.status.value,
        reason=event.reason or None,
        total=event.total,
        results=event.results,
    )
    yield _of_client(EventType.IMPORT_COMPLETED, event, data)


@_messages.register
def _(event: events.SecurityAlert) -> Iterator[Message]:
    data = partial(payloads.SecurityAlertData, alert=event.alert, detail=event.detail)
    yield _of_client(EventType.SECURITY_ALERT, event, data)


@_messages.register
def _(event: events.CredentialsChanged) -> Iterator[Message]:
    data = partial(
        payloads.CredentialsChangedData,
        credential_id=event.credential_id,
        change=event.change.value,
        changed_by=event.by,
    )
    yield _of_client(EventType.CREDENTIALS_CHANGED, event, data)


def _of_endpoint(
    event_type: EventType, event: events.EndpointEvent, data: Callable[[], Data]
) -> Message:
    return Message(event_type=event_type, occurred_at=event.at, data=data, not_to=event.endpoint_id)


@_messages.register
def _(event: events.EndpointFailing) -> Iterator[Message]:
    data = partial(
        payloads.EndpointFailingData,
        endpoint_id=event.endpoint_id,
        endpoint_name=event.endpoint_name,
        failing_since=event.failing_since,
    )
    yield _of_endpoint(EventType.ENDPOINT_FAILING, event, data)


@_messages.register
def _(event: events.EndpointDisabled) -> Iterator[Message]:
    data = partial(
        payloads.EndpointDisabledData,
        endpoint_id=event.endpoint_id,
        endpoint_name=event.endpoint_name,
        reason=event.reason,
    )
    yield _of_endpoint(EventType.ENDPOINT_DISABLED, event, data)


@_messages.register
def _(event: events.AttemptsExhausted) -> Iterator[Message]:
    data = partial(
        payloads.AttemptsExhaustedData,
        endpoint_id=event.endpoint_id,
        endpoint_name=event.endpoint_name,
        message_id=event.message_id,
        event_type=event.event_type,
    )
    yield _of_endpoint(EventType.ATTEMPTS_EXHAUSTED, event, data)
