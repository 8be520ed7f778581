"""The end of facts: after their time, and with their user."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from analytics.models import AlertRecord, SessionFact, UserActivity, UserDay
from clients.models import Client
from faceplatform.erasure import Owner
from faceplatform.housekeeping import delete_some

_CLIENTS_AT_ONCE = 200


def remove_old_facts(*, limit: int) -> int:
    """Delete the oldest facts after FACEPLATFORM_ANALYTICS_DAYS, once they are in the totals, which
    stay; return how many."""
    ended = timezone.now() - timedelta(days=settings.FACEPLATFORM_ANALYTICS_DAYS)
    old = SessionFact.objects.filter(is_counted=True, ended_at__lt=ended)
    return delete_some(old.order_by("ended_at"), limit=limit)


def remove_old_user_days(*, limit: int) -> int:
    """Delete the oldest records of which user had a session on a day; return how many."""
    rows = UserDay.objects.filter(day__lt=_last_of_users().date())
    return delete_some(rows.order_by("day"), limit=limit)


def remove_old_activity(*, limit: int) -> int:
    """Delete the activity of the users who have had no session for longest; return how many."""
    rows = UserActivity.objects.filter(last_seen_at__lt=_last_of_users())
    return delete_some(rows.order_by("last_seen_at"), limit=limit)


def _last_of_users() -> datetime:
    # A day longer than facts: no fact of such a day is left to be counted, in any time zone.
    return timezone.now() - timedelta(days=settings.FACEPLATFORM_ANALYTICS_DAYS + 2)


def remove_by_policies(*, limit: int) -> int:
    """Delete, after the same rules, what the policies of clients keep for fewer days than the
    setting; return how many rows. Alerts stay: whoever holds a client's keys changes its policy."""
    removed = 0
    for client in _with_shorter_policies():
        days = timedelta(days=client.capture_policy.analytics_days)
        ended, last_of_users = timezone.now() - days, timezone.now() - days - timedelta(days=2)
        for rows in (
            SessionFact.objects.filter(client=client, is_counted=True, ended_at__lt=ended),
            UserDay.objects.filter(client=client, day__lt=last_of_users.date()),
            UserActivity.objects.filter(client=client, last_seen_at__lt=last_of_users),
        ):
            if removed < limit:
                removed += delete_some(rows, limit=limit - removed)
    return removed


def _with_shorter_policies() -> Iterator[Client]:
    clients, last = Client.objects.order_by("pk").only("policy", "own_policy"), 0
    while page := list(clients.filter(pk__gt=last)[:_CLIENTS_AT_ONCE]):
        last = page[-1].pk
        for client in page:
            if client.capture_policy.analytics_days < settings.FACEPLATFORM_ANALYTICS_DAYS:
                yield client


def remove_old_alerts(*, limit: int) -> int:
    """Delete the oldest alerts, resolved or not; return how many."""
    raised = timezone.now() - timedelta(days=settings.FACEPLATFORM_ANALYTICS_DAYS)
    old = AlertRecord.objects.filter(raised_at__lt=raised)
    return delete_some(old.order_by("raised_at"), limit=limit)


def count_facts(owner: Owner) -> int:
    """Return the number of the user's facts."""
    return _facts(owner).count()


def forget_in_facts(owner: Owner) -> None:
    """Leave of the user's sessions that they happened: no user, no session's id, no score."""
    _facts(owner).update(
        subject=None,
        session_public_id=None,
        similarity=None,
        quality=None,
        liveness_score=None,
    )


def count_user_days(owner: Owner) -> int:
    """Return the number of days with a session of the user; they go with the user's row."""
    return UserDay.objects.filter(subject=owner.subject_pk).count()


def count_activity(owner: Owner) -> int:
    """Return the number of rows of the user's activity; they go with the user's row."""
    return UserActivity.objects.filter(subject=owner.subject_pk).count()


def count_alerts(owner: Owner) -> int:
    """Return the number of alerts about the user."""
    return _alerts(owner).count()


def forget_in_alerts(owner: Owner) -> None:
    """Leave of the alerts about the user that they were raised."""
    _alerts(owner).update(subject=None, detail={}, note="")


def _facts(owner: Owner) -> QuerySet[SessionFact]:
    return SessionFact.objects.filter(client=owner.client_pk, subject=owner.subject_pk)


def _alerts(owner: Owner) -> QuerySet[AlertRecord]:
    return AlertRecord.objects.filter(client=owner.client_pk, subject=owner.subject_pk)
