"""The log of ended sessions, and the security alerts, of one client."""

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from analytics.errors import AlertNotFound, AlertResolved, AuthLogNotFound
from analytics.models import AlertRecord, SessionFact
from faceplatform import events
from faceplatform.tenant import Tenant
from faceplatform.transactions import retried


def facts(client: Tenant) -> QuerySet[SessionFact]:
    """Return the client's ended sessions."""
    return SessionFact.objects.filter(client=client.pk)


def find_fact(client: Tenant, public_id: UUID) -> SessionFact:
    """Return the client's entry of this id, with its user.

    Raises:
        AuthLogNotFound: unknown and foreign alike.
    """
    fact = facts(client).select_related("subject").filter(public_id=public_id).first()
    if fact is None:
        raise AuthLogNotFound
    return fact


def alerts(client: Tenant) -> QuerySet[AlertRecord]:
    """Return the client's alerts."""
    return AlertRecord.objects.filter(client=client.pk)


def find_alert(client: Tenant, public_id: UUID) -> AlertRecord:
    """Return the client's alert of this id, with its user.

    Raises:
        AlertNotFound: unknown and foreign alike.
    """
    alert = alerts(client).select_related("subject").filter(public_id=public_id).first()
    if alert is None:
        raise AlertNotFound
    return alert


@retried
@transaction.atomic
def resolve(client: Tenant, public_id: UUID, *, by: UUID | None, note: str) -> AlertRecord:
    """Resolve an alert, once; return it.

    Args:
        by: public id of the calling credential; None for staff.

    Raises:
        AlertNotFound, AlertResolved
    """
    unresolved = alerts(client).filter(public_id=public_id, is_resolved=False)
    if not unresolved.update(
        is_resolved=True, resolved_at=timezone.now(), resolved_by=by, note=note
    ):
        find_alert(client, public_id)
        raise AlertResolved
    alert = find_alert(client, public_id)
    events.publish(
        events.SecurityAlertResolved(
            client_id=client.pk,
            subject_id=alert.subject_id,
            at=timezone.now(),
            alert_id=public_id,
            alert=alert.alert,
            note=note,
        )
    )
    return alert
