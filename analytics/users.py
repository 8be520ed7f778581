"""The users of a period, each with counts and anything unusual."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, Sum

from analytics.models import UserActivity, UserDay
from analytics.periods import Period

MANY_FAILURES = 5


@dataclass(frozen=True, slots=True)
class UserFigures:
    """A user's figures of a period.

    Attributes:
        new_sources: origins first used in the period, by a user who was seen before it.
    """

    user_id: str
    sessions: int
    failures: int
    last_seen_at: datetime
    new_sources: list[str]

    @property
    def unusual(self) -> list[str]:
        """Stable codes of anything unusual."""
        found = {
            "many_failures": self.failures >= MANY_FAILURES and 2 * self.failures >= self.sessions,
            "new_source": bool(self.new_sources),
        }
        return [code for code, is_found in found.items() if is_found]


def seen(period: Period) -> QuerySet[UserActivity]:
    """Return the activity of the users with a session that ended in the period.

    A period ends today, so these are the users last seen since its beginning.
    """
    return UserActivity.objects.filter(client=period.client_pk, last_seen_at__gte=period.began_at)


def figures(rows: Sequence[UserActivity], period: Period) -> list[UserFigures]:
    """Return the figures of these users, in order. Their subjects are loaded."""
    days = UserDay.objects.filter(
        **period.of_client(), subject__in=[row.subject_id for row in rows]
    )
    sums = days.order_by().values_list("subject").annotate(Sum("sessions"), Sum("failures"))
    by_subject = {subject: (sessions, failures) for subject, sessions, failures in sums}
    return [
        UserFigures(
            user_id=row.subject.user_id,
            sessions=sessions,
            failures=failures,
            last_seen_at=row.last_seen_at,
            new_sources=_new_sources(row, period.began_at),
        )
        for row in rows
        # None after a change of the time zone, which moves the beginning of the period.
        for sessions, failures in [by_subject.get(row.subject_id, (0, 0))]
    ]


def _new_sources(row: UserActivity, began_at: datetime) -> list[str]:
    if row.first_seen_at >= began_at:
        return []
    return sorted(
        name for name, at in row.origins.items() if datetime.fromisoformat(at) >= began_at
    )
