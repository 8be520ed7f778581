"""Compared sessions of users with a recorded consent, for the operator.

They are read from the sessions' own rows, for as long as these are kept. The daily histograms name
no user, so a consent that is missing or withdrawn cannot take a user's sessions out of them. The
bins and series are the same.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from analytics import expectation, measures
from analytics.expectation import Scores, Series
from analytics.measures import Bins
from analytics.models import SessionFact
from clients.models import Client
from clients.services import consenting_subjects
from enrollment.kept_pictures import LEAST_PEOPLE

# One read of all would be in memory at once: MySQL's driver does not stream.
_PAGE = 5_000
# MariaDB enters an index at a moment only if the range is a small part of it. Otherwise each page
# would pass over all those before it.
_SPAN = timedelta(days=7)


@dataclass(slots=True)
class People:
    """The different users of sessions. No more are kept than it takes to tell them from few: so
    memory is bounded."""

    known: set[int] = field(default_factory=set)

    def add(self, subject_pk: int | None) -> None:
        """Count the user of a session; None names nobody."""
        if subject_pk is not None and self.are_few:
            self.known.add(subject_pk)

    @property
    def are_few(self) -> bool:
        """True if a figure would tell about single ones of them."""
        return len(self.known) < LEAST_PEOPLE


@dataclass(slots=True)
class Sessions:
    """A client's compared sessions of some days.

    Attributes:
        bins: those of users with a recorded consent, by series and measure.
        people: these users by series.
        everybody: these users.
        left_out: the number of the other sessions, those that name no user included.
        others: the users of these.
    """

    bins: dict[Series, dict[str, Bins]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Counter))
    )
    people: dict[Series, People] = field(default_factory=lambda: defaultdict(People))
    everybody: People = field(default_factory=People)
    left_out: int = 0
    others: People = field(default_factory=People)

    @property
    def scores(self) -> dict[Series, Scores]:
        """The similarities of users with a recorded consent, by series."""
        return expectation.scores_of(self.bins)

    def add(self, session_type: str, measure: str, row: "_Row") -> None:
        """Count a session: its score and user, or that it is left out."""
        if not row.is_consenting:
            self.left_out += 1
            self.others.add(row.subject_pk)
            return
        series = (session_type, row.capture_type, row.source)
        self.bins[series][measure][measures.score_bin(row.similarity)] += 1
        self.people[series].add(row.subject_pk)
        self.everybody.add(row.subject_pk)


class _Row(NamedTuple):
    """The columns of a fact that are read, in the order of `_COLUMNS`."""

    ended_at: datetime
    pk: int
    capture_type: str
    source: str
    similarity: float
    subject_pk: int | None
    is_consenting: bool


_COLUMNS = ("ended_at", "pk", "capture_type", "source", "similarity", "subject", "is_consenting")


def of_days(client: Client, first: date, last: date) -> Sessions:
    """Return the client's compared sessions from the first to the last day, as far as their rows
    are kept. A user's consent is that of the moment at which the row is read."""
    found = Sessions()
    begin, end = _bounds(client, first, last)
    for session_type, compared in expectation.COMPARED.items():
        for reason, measure in measures.SIMILARITY_BY_REASON.items():
            if measure in compared:
                for row in _rows(client, session_type, reason, begin, end):
                    found.add(session_type.value, measure, row)
    return found


def days_kept(client: Client) -> int:
    """Return the number of days for which rows of the client's sessions are kept."""
    return min(settings.FACEPLATFORM_ANALYTICS_DAYS, client.capture_policy.analytics_days)


def _rows(
    client: Client, session_type: str, reason: str, begin: datetime, end: datetime
) -> Iterator[_Row]:
    """Read the compared sessions of one type and reason, in the order of an index."""
    rows = (
        SessionFact.objects.filter(
            client=client, session_type=session_type, reason=reason, similarity__isnull=False
        )
        .annotate(is_consenting=Exists(consenting_subjects(client).filter(pk=OuterRef("subject"))))
        .order_by("ended_at", "pk")
        .values_list(*_COLUMNS)
    )
    while begin < end:
        until = min(begin + _SPAN, end)
        yield from _in_pages(rows.filter(ended_at__lt=until), begin)
        begin = until


def _in_pages(rows: QuerySet[SessionFact, tuple[Any, ...]], begin: datetime) -> Iterator[_Row]:
    rest = Q(ended_at__gte=begin)
    while page := [_Row(*values) for values in rows.filter(rest)[:_PAGE]]:
        yield from page
        at, pk = page[-1].ended_at, page[-1].pk
        # The first part is the index's range; the second one leaves out what the page had.
        rest = Q(ended_at__gte=at) & ~Q(ended_at=at, pk__lte=pk)


def _bounds(client: Client, first: date, last: date) -> tuple[datetime, datetime]:
    """Return the beginning of the first day and the end of the last one, in UTC. No session is
    older than it is kept, whether or not the sweep has been here."""
    zone = ZoneInfo(client.time_zone)
    oldest = timezone.now() - timedelta(days=days_kept(client))
    begin = datetime.combine(max(first, oldest.date()), time.min, zone)
    end = datetime.combine(last + timedelta(days=1), time.min, zone)
    return max(begin.astimezone(UTC), oldest), end.astimezone(UTC)
