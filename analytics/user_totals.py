"""The part of the roll-up that is about users: their days, and when and where they were seen."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from analytics.models import Outcome, SessionFact, UserActivity, UserDay


def origin(fact: SessionFact) -> str:
    """Return the origin of a session, such as ``webcam/api``."""
    return f"{fact.capture_type}/{fact.source}"


def add_day(client_pk: int, day: date, facts: Iterable[SessionFact]) -> int:
    """Add facts to the rows of their users; return the number of users without one before.

    The caller holds the day.
    """
    sessions: Counter[int] = Counter()
    failures: Counter[int] = Counter()
    for fact in facts:
        if fact.subject_id is not None:
            sessions[fact.subject_id] += 1
            failures[fact.subject_id] += fact.outcome == Outcome.FAILURE
    stored = UserDay.objects.filter(client=client_pk, day=day, subject__in=sessions)
    known = {row.subject_id: row for row in stored}
    for subject, row in known.items():
        row.sessions += sessions[subject]
        row.failures += failures[subject]
    UserDay.objects.bulk_update(known.values(), ["sessions", "failures"])
    new = sorted(sessions.keys() - known.keys())
    UserDay.objects.bulk_create(
        UserDay(
            client_id=client_pk,
            day=day,
            subject_id=subject,
            sessions=sessions[subject],
            failures=failures[subject],
        )
        for subject in new
    )
    return len(new)


def add_activity(facts: Iterable[SessionFact]) -> None:
    """Add facts to the activity of their users, whose rows are held from here on, in one order."""
    by_user: dict[int, list[SessionFact]] = defaultdict(list)
    for fact in facts:
        if fact.subject_id is not None:
            by_user[fact.subject_id].append(fact)
    rows = _held(by_user)
    for row in rows:
        found = by_user[row.subject_id]
        row.first_seen_at = min(row.first_seen_at, *(fact.ended_at for fact in found))
        row.last_seen_at = max(row.last_seen_at, *(fact.ended_at for fact in found))
        for fact in found:
            name, at = origin(fact), fact.ended_at.isoformat(timespec="microseconds")
            row.origins[name] = min(row.origins.get(name, at), at)
    UserActivity.objects.bulk_update(rows, ["first_seen_at", "last_seen_at", "origins"])


def _held(by_user: Mapping[int, list[SessionFact]]) -> list[UserActivity]:
    """Return the rows of these users, made where there is none, and hold them."""
    rows = UserActivity.objects.filter(subject__in=by_user)
    known = set(rows.values_list("subject", flat=True))
    UserActivity.objects.bulk_create(
        (
            UserActivity(
                client_id=found[0].client_id,
                subject_id=subject,
                first_seen_at=found[0].ended_at,
                last_seen_at=found[0].ended_at,
            )
            for subject, found in sorted(by_user.items())
            if subject not in known
        ),
        ignore_conflicts=True,  # another roll-up has made the row: it is read below
    )
    return list(rows.select_for_update().order_by("subject"))
