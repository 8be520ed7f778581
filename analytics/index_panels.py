"""The panels of analytics on the admin's index page: today, outcomes by hour, open alerts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import QuerySet, Sum
from django.urls import reverse
from django.utils import timezone

from analytics import hour_chart, hours
from analytics.hour_chart import Chart
from analytics.models import AlertRecord, Outcome, SessionFact, SessionType
from faceplatform.matching.model import SANDBOX_PREFIX
from faceplatform.sessions import registry
from faceplatform.sessions.models import OPEN_STATUSES
from faceplatform.sessions.registry import AnyKind
from faceplatform.system import index_panels
from faceplatform.system.index_panels import Account, IndexPanel, counted

_SEE_ENROLLMENTS = "enrollment.view_enrollmentsession"
_SEE_AUTHENTICATIONS = "authentication.view_authenticationsession"
_SEE_SESSIONS = (_SEE_ENROLLMENTS, _SEE_AUTHENTICATIONS)
_NEEDED = {
    SessionType.ENROLLMENT: _SEE_ENROLLMENTS,
    SessionType.VERIFICATION: _SEE_AUTHENTICATIONS,
    SessionType.IDENTIFICATION: _SEE_AUTHENTICATIONS,
}
_NEWEST_ALERTS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, and the address of the list that it counts; "" for none."""

    label: str
    number: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Today:
    """The figures since the beginning of the day.

    Attributes:
        waiting: the number of ended sessions that are not in the figures yet.
    """

    figures: list[Figure]
    waiting: str


@dataclass(frozen=True, slots=True)
class Alerts:
    """The alerts that nobody has resolved: their number in words, and the newest ones."""

    number: str
    newest: list[AlertRecord]
    address: str


def register() -> None:
    """Register the panels."""
    index_panels.register(
        IndexPanel(10, "Today", _SEE_SESSIONS, "analytics/panel_today.html", _today)
    )
    index_panels.register(
        IndexPanel(
            20, "Outcomes by hour, last 24 hours", _SEE_SESSIONS, "analytics/panel_hours.html", _day
        )
    )
    index_panels.register(
        IndexPanel(
            40,
            "Open security alerts",
            ("analytics.view_alertrecord",),
            "analytics/panel_alerts.html",
            _alerts,
        )
    )


def _today(account: Account) -> Today:
    midnight = timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = list(_sums(account, since=midnight, by=("session_type", "outcome")))
    figures = [figure for kind in registry.all_kinds() for figure in _of_kind(kind, rows, account)]
    received, accepted = (
        sum(row[name] for row in rows) for name in ("frames_received", "frames_accepted")
    )
    figures += [
        Figure("Frames received", f"{received:,}"),
        Figure("Frames accepted", f"{accepted:,}"),
    ]
    waiting = _of_people(SessionFact.objects.filter(is_counted=False))
    return Today(figures, counted(waiting))


def _of_people(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return the sessions that are not a sandbox's, whose outcomes are scripted."""
    return rows.exclude(model_key__startswith=SANDBOX_PREFIX)


def _of_kind(kind: AnyKind, rows: list[dict[str, Any]], account: Account) -> Iterable[Figure]:
    """Return the figures of one kind of sessions; none if the account may not list them."""
    options = kind.session_model._meta
    if not account.has_perm(f"{options.app_label}.view_{options.model_name}"):
        return
    address = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
    rows_of_kind = kind.session_model._default_manager
    open_ones = _of_people(
        rows_of_kind.filter(status__in=OPEN_STATUSES, expires_at__gt=timezone.now())
    )
    yield Figure(f"Open {options.verbose_name_plural}", counted(open_ones), address)
    for label, query, types, outcomes in _FIGURES[kind.name]:
        number = sum(
            row["sessions"]
            for row in rows
            if row["session_type"] in types and row["outcome"] in outcomes
        )
        yield Figure(label, f"{number:,}", f"{address}?{query}")


_GIVEN_UP = (Outcome.EXPIRED, Outcome.CANCELLED)
_BOTH = (SessionType.VERIFICATION, SessionType.IDENTIFICATION)
# By kind: the label, the query of the list, and the types and outcomes that are counted.
_FIGURES: dict[str, list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]] = {
    "enrollment": [
        ("Enrolled", "outcome=success", (SessionType.ENROLLMENT,), (Outcome.SUCCESS,)),
        ("Enrollments refused", "outcome=failure", (SessionType.ENROLLMENT,), (Outcome.FAILURE,)),
        ("Enrollments given up", "outcome=given-up", (SessionType.ENROLLMENT,), _GIVEN_UP),
    ],
    "authentication": [
        (
            "Verified",
            "outcome=success&is_verification__exact=1",
            (SessionType.VERIFICATION,),
            (Outcome.SUCCESS,),
        ),
        (
            "Identified",
            "outcome=success&is_verification__exact=0",
            (SessionType.IDENTIFICATION,),
            (Outcome.SUCCESS,),
        ),
        ("Authentications refused", "outcome=failure", _BOTH, (Outcome.FAILURE,)),
        ("Authentications given up", "outcome=given-up", _BOTH, _GIVEN_UP),
    ],
}


def _day(account: Account) -> Chart:
    last = hours.hour_of(timezone.now())
    first = last - timedelta(hours=hour_chart.HOURS - 1)
    rows = _sums(account, since=first, by=("hour", "outcome"))
    return hour_chart.draw(
        ((row["hour"], row["outcome"], row["sessions"]) for row in rows), last=last
    )


def _sums(account: Account, *, since: datetime, by: tuple[str, ...]) -> Iterable[dict[str, Any]]:
    """Return the sums of the sessions that the account may list, of each group."""
    types = [session_type for session_type, needed in _NEEDED.items() if account.has_perm(needed)]
    rows = hours.since(since).filter(session_type__in=types).order_by().values(*by)
    sums: Iterable[dict[str, Any]] = rows.annotate(**{name: Sum(name) for name in hours.COUNTS})
    return sums


def _alerts(account: Account) -> Alerts:
    rows = AlertRecord.objects.filter(is_resolved=False)
    newest = rows.select_related("client").order_by("-pk")[:_NEWEST_ALERTS]
    address = reverse("admin:analytics_alertrecord_changelist")
    return Alerts(counted(rows), list(newest), f"{address}?is_resolved__exact=0")
