"""Entries of the product's events: what each one records."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from audit.actions import Action
from audit.recording import SYSTEM, Act, record
from clients.models import Client, ErasureReceipt, Subject
from faceplatform import events, suspicion
from faceplatform.suspicion import Hint

# Endings that nobody asks for, whoever's request finds them due.
_BY_TIME = {"expired", "retention_ended"}
_OF_USERS: dict[type[events.Event], Action] = {
    events.UserCreated: Action.USER_CREATED,
    events.UserActivated: Action.USER_ACTIVATED,
    events.UserDeactivated: Action.USER_DEACTIVATED,
    events.UserUnlocked: Action.USER_UNLOCKED,
}


def receive(event: events.Event, **_: Any) -> None:
    """Record an event, in the transaction that publishes it: a receiver of `events.published`."""
    if (describe := DESCRIBERS.get(type(event))) is not None:
        record(describe(event))


def hint(event: events.Event, **_: Any) -> None:
    """Tell what in an event hints at an attack, once it is committed: likewise a receiver."""
    if (found := _hint_of(event)) is not None:
        client_pk, subject_pk = event.client_id, event.subject_id
        transaction.on_commit(
            lambda: suspicion.tell(found, client_pk=client_pk, subject_pk=subject_pk)
        )


def _hint_of(event: events.Event) -> Hint | None:
    match event:
        case events.SessionEnded() if event.spoof_frames or event.reason == "liveness_failed":
            return Hint.SPOOF_SUSPECTED
        case events.UserLocked():
            return Hint.USER_LOCKED
        case events.SecurityAlert() if event.alert in _ALERTS:
            return _ALERTS[event.alert]
        case _:
            return None


_ALERTS = {hint.value: hint for hint in (Hint.ADDRESS_LOCKED, Hint.REFRESH_TOKEN_REUSED)}


def _session_ended(event: events.SessionEnded) -> Act:
    is_enrollment = event.kind == "enrollment"
    return Act(
        action=Action.ENROLLMENT_ENDED if is_enrollment else Action.AUTHENTICATION_ENDED,
        client_pk=event.client_id,
        at=event.at,
        object_type=event.kind,
        object_id=str(event.public_id),
        subject_pk=event.subject_id or event.matched_subject_id,
        user_id=event.user_id or event.matched_user_id or "",
        facts={
            "status": event.status,
            "reason": event.reason,
            "source": event.source,
            "model": event.model,
            "frames_received": event.frames_received,
            "spoof_frames": event.spoof_frames,
            "duplicate_suspected": event.duplicate_suspected,
        },
        actor=SYSTEM if event.reason in _BY_TIME else None,
    )


def _credentials_changed(event: events.CredentialsChanged) -> Act:
    return Act(
        action=Action(f"credential.{event.change.value}"),
        client_pk=event.client_id,
        at=event.at,
        object_type="credential",
        object_id=str(event.credential_id),
        facts={"by": str(event.by) if event.by else None},
        changes=_changes(event),
    )


def _changes(event: Any) -> dict[str, Any]:
    return {"before": event.before, "after": event.after} if event.before or event.after else {}


def _client_changed(event: events.ClientChanged) -> Act:
    return Act(
        action=Action.CLIENT_CHANGED,
        client_pk=event.client_id,
        at=event.at,
        object_type="client",
        facts={"changed": sorted(event.after)},
        changes={"before": event.before, "after": event.after},
    )


def _of_user(event: Any) -> Act:
    return Act(
        action=_OF_USERS[type(event)],
        client_pk=event.client_id,
        at=event.at,
        object_type="user",
        subject_pk=event.subject_id,
        user_id=event.user_id,
    )


def _user_updated(event: events.UserUpdated) -> Act:
    return Act(
        action=Action.USER_UPDATED,
        client_pk=event.client_id,
        at=event.at,
        object_type="user",
        subject_pk=event.subject_id,
        user_id=event.user_id,
        facts={"changed": list(event.changed)},
        changes={"before": event.before, "after": event.after},
    )


def _user_locked(event: events.UserLocked) -> Act:
    return Act(
        action=Action.USER_LOCKED,
        client_pk=event.client_id,
        at=event.at,
        object_type="user",
        subject_pk=event.subject_id,
        user_id=event.user_id,
        facts={"failures": event.failures},
    )


def _user_erased(event: events.UserErased) -> Act:
    """Describe an erasure by its receipt: the user's own id is gone."""
    receipt = ErasureReceipt.objects.filter(public_id=event.receipt_id).first()
    return Act(
        action=Action.USER_ERASED,
        client_pk=event.client_id,
        at=event.at,
        object_type="receipt",
        object_id=str(event.receipt_id),
        facts={"audit_entries": receipt.counts["audit_entries"]} if receipt else {},
    )


def _template_removed(event: events.TemplateRemoved) -> Act:
    users = Subject.objects.filter(client=event.client_id, pk=event.subject_id or 0)
    return Act(
        action=Action.TEMPLATE_REMOVED,
        client_pk=event.client_id,
        at=event.at,
        object_type="enrollment",
        object_id=event.enrollment_id,
        subject_pk=event.subject_id,
        user_id=users.values_list("user_id", flat=True).first() or "",
    )


def _result_exchanged(event: events.ResultExchanged) -> Act:
    return Act(
        action=Action.RESULT_EXCHANGED,
        client_pk=event.client_id,
        at=event.at,
        object_type="authentication",
        object_id=str(event.public_id),
        subject_pk=event.subject_id,
        user_id=event.user_id,
    )


def _link_changed(event: events.CaptureLinkChanged) -> Act:
    """Describe what became of a link by its session: the link's own id says nothing to anybody."""
    return Act(
        action=Action(f"capture_link.{event.change.value}"),
        client_pk=event.client_id,
        at=event.at,
        object_type="session",
        object_id=str(event.session_id),
        subject_pk=event.subject_id,
        user_id=event.user_id,
        facts={"expires_at": event.expires_at},
    )


def _look_changed(event: events.CaptureLookChanged) -> Act:
    return Act(
        action=Action.LOOK_CHANGED,
        client_pk=event.client_id,
        at=event.at,
        object_type="client",
        facts={"changed": sorted(event.after)},
        changes={"before": event.before, "after": event.after},
    )


def _import_started(event: events.ImportStarted) -> Act:
    return Act(
        action=Action.IMPORT_STARTED,
        client_pk=event.client_id,
        at=event.at,
        object_type="import",
        object_id=str(event.public_id),
        facts={"total": event.total},
    )


def _import_ended(event: events.ImportCompleted) -> Act:
    is_cancelled = event.status == "cancelled"
    return Act(
        action=Action.IMPORT_CANCELLED if is_cancelled else Action.IMPORT_ENDED,
        client_pk=event.client_id,
        at=event.at,
        object_type="import",
        object_id=str(event.public_id),
        facts={"status": event.status, "reason": event.reason, "results": dict(event.results)},
    )


def _security_alert(event: events.SecurityAlert) -> Act:
    """Describe an alert. Its detail may hold an address, which belongs to the personal part."""
    return Act(
        action=Action.SECURITY_ALERT,
        client_pk=event.client_id,
        at=event.at,
        subject_pk=event.subject_id,
        facts={"alert": event.alert},
        changes={"detail": event.detail},
    )


def _alert_resolved(event: events.SecurityAlertResolved) -> Act:
    return Act(
        action=Action.SECURITY_ALERT_RESOLVED,
        client_pk=event.client_id,
        at=event.at,
        object_type="security_alert",
        object_id=str(event.alert_id),
        subject_pk=event.subject_id,
        facts={"alert": event.alert},
        changes={"after": {"note": event.note}},
    )


def _group_changed(event: events.GroupChanged) -> Act:
    """Describe a change of a group. Its name may name a person, so it is no fact."""
    name = {"name": event.name}
    match event.change:
        case events.GroupChange.CREATED:
            changes: dict[str, Any] = {"before": {}, "after": name}
        case events.GroupChange.DELETED:
            changes = {"before": name, "after": {}}
        case _:
            changes = {}
    return Act(
        action=Action(f"group.{event.change.value}"),
        client_pk=event.client_id,
        at=event.at,
        object_type="group",
        object_id=str(event.group_id),
        subject_pk=event.subject_id,
        user_id=event.user_id,
        changes=changes,
    )


def _address_unlocked(event: events.AddressUnlocked) -> Act:
    return Act(
        action=Action.ADDRESS_UNLOCKED,
        client_pk=event.client_id,
        at=event.at,
        object_type="address",
        changes={"before": {"address": event.address, "failures": event.failures}},
    )


def _accuracy_evaluated(event: events.AccuracyEvaluated) -> Act:
    """Describe an evaluation, an act of the operator: it goes to the operator's own chain."""
    client = Client.objects.filter(pk=event.client_id).values_list("public_id", flat=True).first()
    return Act(
        action=Action.ACCURACY_EVALUATED,
        client_pk=None,
        at=event.at,
        object_type="client",
        object_id=str(client or ""),
        facts={"since": event.since, "enrollments": event.enrollments},
    )


def _endpoint_changed(event: events.WebhookEndpointChanged) -> Act:
    return Act(
        action=Action(f"webhook.{event.change.value}"),
        client_pk=event.client_id,
        at=event.at,
        object_type="webhook_endpoint",
        object_id=str(event.endpoint_id),
        facts={"changed": list(event.changed)} if event.changed else {},
    )


def _endpoint_disabled(event: events.EndpointDisabled) -> Act:
    return Act(
        action=Action.WEBHOOK_DISABLED,
        client_pk=event.client_id,
        at=event.at,
        object_type="webhook_endpoint",
        object_id=str(event.endpoint_id),
        facts={"reason": event.reason},
        actor=SYSTEM,
    )


def _deliveries_changed(event: events.DeliveriesChanged) -> Act:
    """Describe an act on deliveries: of one, of an endpoint's, or of all of the client's."""
    object_type = "webhook_delivery" if event.delivery_id else "webhook_endpoint"
    found = event.delivery_id or event.endpoint_id
    return Act(
        action=Action(f"webhook.{event.change.value}"),
        client_pk=event.client_id,
        at=event.at,
        object_type=object_type,
        object_id=str(found) if found else "",
        facts={"deliveries": event.number},
    )


DESCRIBERS: dict[type[events.Event], Callable[[Any], Act]] = {
    events.SessionEnded: _session_ended,
    events.CredentialsChanged: _credentials_changed,
    events.ClientChanged: _client_changed,
    events.UserUpdated: _user_updated,
    events.UserLocked: _user_locked,
    events.UserErased: _user_erased,
    events.TemplateRemoved: _template_removed,
    events.ResultExchanged: _result_exchanged,
    events.CaptureLinkChanged: _link_changed,
    events.CaptureLookChanged: _look_changed,
    events.ImportStarted: _import_started,
    events.ImportCompleted: _import_ended,
    events.SecurityAlert: _security_alert,
    events.SecurityAlertResolved: _alert_resolved,
    events.GroupChanged: _group_changed,
    events.AccuracyEvaluated: _accuracy_evaluated,
    events.AddressUnlocked: _address_unlocked,
    events.WebhookEndpointChanged: _endpoint_changed,
    events.EndpointDisabled: _endpoint_disabled,
    events.DeliveriesChanged: _deliveries_changed,
    **dict.fromkeys(_OF_USERS, _of_user),
}
# Events that are not recorded, and why not.
NOT_RECORDED: dict[type[events.Event], str] = {
    events.SessionOpened: "the session's end is recorded, with its outcome",
    events.EndpointFailing: "a notice; the change that may follow is recorded",
    events.AttemptsExhausted: "a notice; the log of deliveries has it",
}
