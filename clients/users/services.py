"""Creating users, changing what is recorded about them, activating and deactivating them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from clients.models import Subject
from clients.services import UserNotFound, create_subject
from faceplatform import events
from faceplatform.errors import FaceplatformError
from faceplatform.sessions.ending import cancel_all
from faceplatform.sessions.reasons import Reason
from faceplatform.tenant import Tenant
from faceplatform.transactions import is_conflict, retried

# Columns of what is recorded about a user, and the members of the API they belong to.
_RECORDED = {
    "display_name": "display_name",
    "metadata": "metadata",
    "consent_given_at": "consent",
    "consent_text_version": "consent",
    "consent_source": "consent",
    "expires_at": "expires_at",
}


class UserExists(FaceplatformError):
    code = "user_exists"
    status = 409
    title = "This client has a user with this id"


@retried
def create(client: Tenant, user_id: str, recorded: Mapping[str, Any]) -> Subject:
    """Create a user, once, even for simultaneous requests.

    Args:
        recorded: validated members of the request, see `_columns`.

    Raises:
        UserExists
        clients.services.NameNotAllowed
    """
    try:
        with transaction.atomic():
            return create_subject(client, user_id, **_columns(recorded))
    except IntegrityError as e:
        if is_conflict(e):  # not the user: the client is gone
            raise
        raise UserExists from e


@retried
@transaction.atomic
def change(subject: Subject, recorded: Mapping[str, Any]) -> None:
    """Change what is recorded about a user: only the members that are given.

    Raises:
        UserNotFound: erased in the meantime.
    """
    held, columns = _held(subject), _columns(recorded)
    if not columns:
        return
    before = {name: _as_json(getattr(held, name)) for name in columns}
    for name, value in columns.items():
        setattr(held, name, value)
    held.save(update_fields=[*columns])
    events.publish(
        events.UserUpdated(
            client_id=held.client_id,
            subject_id=held.pk,
            at=timezone.now(),
            user_id=held.user_id,
            changed=tuple(sorted(recorded)),
            before=before,
            after={name: _as_json(value) for name, value in columns.items()},
        )
    )


@retried
@transaction.atomic
def activate(subject: Subject) -> None:
    """Let a user enroll and match again.

    Raises:
        UserNotFound: erased in the meantime.
    """
    held = _held(subject)
    if not held.is_active:
        held.is_active = True
        held.save(update_fields=["is_active"])
        events.publish(_switched(events.UserActivated, held))


@retried
@transaction.atomic
def deactivate(subject: Subject) -> None:
    """Let a user neither enroll nor match; end the open sessions that name it.

    Raises:
        UserNotFound: erased in the meantime.
    """
    held = _held(subject)
    if held.is_active:
        held.is_active = False
        held.save(update_fields=["is_active"])
        end_sessions(held)
        events.publish(_switched(events.UserDeactivated, held))


def recorded_of(subject_pk: int) -> dict[str, Any]:
    """Return the columns of a user whose changes are published."""
    columns: dict[str, Any] = Subject.objects.values("is_active", *_RECORDED).get(pk=subject_pk)
    return columns


def publish_changes(subject: Subject, *, before: Mapping[str, Any]) -> None:
    """Publish the changes of a user, if there are any, inside the transaction that wrote them.

    Args:
        before: `recorded_of` the user before them.
    """
    after = recorded_of(subject.pk)
    if changed := [name for name in _RECORDED if before[name] != after[name]]:
        events.publish(
            events.UserUpdated(
                client_id=subject.client_id,
                subject_id=subject.pk,
                at=timezone.now(),
                user_id=subject.user_id,
                changed=tuple(sorted({_RECORDED[name] for name in changed})),
                before={name: _as_json(before[name]) for name in changed},
                after={name: _as_json(after[name]) for name in changed},
            )
        )
    if before["is_active"] != after["is_active"]:
        is_on = after["is_active"]
        events.publish(
            _switched(events.UserActivated if is_on else events.UserDeactivated, subject)
        )


def end_sessions(subject: Subject) -> None:
    """End the open sessions of a deactivated user."""
    cancel_all(Q(subject=subject.pk), reason=Reason.USER_INACTIVE)


def _held(subject: Subject) -> Subject:
    """Read the user's row again and hold it until the transaction ends."""
    held = Subject.objects.select_for_update().filter(pk=subject.pk).first()
    if held is None:
        raise UserNotFound
    return held


def _switched(
    kind: type[events.UserActivated] | type[events.UserDeactivated], subject: Subject
) -> events.Event:
    return kind(
        client_id=subject.client_id,
        subject_id=subject.pk,
        at=timezone.now(),
        user_id=subject.user_id,
    )


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _columns(recorded: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of members as the API names them; a `consent` of None withdraws it."""
    columns = dict(recorded)
    if "consent" in columns:
        consent = columns.pop("consent") or {}
        columns |= {
            "consent_given_at": consent.get("given_at"),
            "consent_text_version": consent.get("text_version", ""),
            "consent_source": consent.get("source", ""),
        }
    return columns
