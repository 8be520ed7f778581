"""Error rates of a running service, for its operator: from histograms of scores and pictures."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from analytics import expectation
from analytics.models import Outcome, SessionFact, SessionType, UserDay
from clients.models import Client
from enrollment import kept_pictures
from enrollment.kept_pictures import LEAST_PEOPLE, TooFewPeople
from faceplatform import events

_FEW = f"fewer than {LEAST_PEOPLE} people"
_NOT_KEPT = "The client's policy does not keep pictures (keep_images)."
_FEW_CONSENT = f"Pictures of {_FEW} with a recorded consent are kept: rates would tell about them."
_FEW_USERS = f"Sessions of {_FEW} are kept for this time: rates would tell about them."
_FEW_COMPARED = f"{_FEW} were compared"
_NO_EXPECTATION = (
    "There is no compared session with a template, or the calibration does not say how similar "
    "people were to themselves."
)


def of_client(
    client: Client,
    *,
    first: date,
    last: date,
    progress: Callable[[list[int]], Iterable[int]] = iter,
) -> dict[str, Any]:
    """Return the figures of a client, after recording in the operator's audit log that they are
    made.

    A figure that is withheld is None; `..._withheld` says why, and so does ``withheld`` of a series
    of scores.

    Raises:
        faceplatform.errors.FaceplatformError: the engine cannot measure now.
    """
    enrollments = kept_pictures.enrollments(client).count()
    _record(client, first, enrollments)
    scores, scores_withheld = _scores(client, first, last)
    pictures, pictures_withheld = _pictures(client, enrollments, progress)
    return {
        "client": client.name,
        "scores": scores,
        "scores_withheld": scores_withheld,
        "pictures": pictures,
        "pictures_withheld": pictures_withheld,
    }


@transaction.atomic
def _record(client: Client, first: date, enrollments: int) -> None:
    events.publish(
        events.AccuracyEvaluated(
            client_id=client.pk,
            subject_id=None,
            at=timezone.now(),
            since=first,
            enrollments=enrollments,
        )
    )


def _scores(client: Client, first: date, last: date) -> tuple[list[dict[str, Any]] | None, str]:
    days = UserDay.objects.filter(client=client.pk, day__gte=first, day__lte=last)
    if days.order_by().values("subject").distinct()[:LEAST_PEOPLE].count() < LEAST_PEOPLE:
        return None, _FEW_USERS
    found = expectation.of_days(client.pk, first, last)
    if not found:
        return None, _NO_EXPECTATION
    people = _people_compared(client, first, last)
    return [_series(each, people.get(_labels(each), 0)) for each in found], ""


def _series(series: dict[str, Any], people: int) -> dict[str, Any]:
    """Return a series of scores, or its labels alone if it would tell about few people."""
    if people >= LEAST_PEOPLE:
        return {**series, "withheld": ""}
    labels = dict(zip(expectation.GROUP, _labels(series), strict=True))
    return {**dict.fromkeys(series), **labels, "withheld": _FEW_COMPARED}


def _labels(series: dict[str, Any]) -> tuple[str, ...]:
    return tuple(series[name] for name in expectation.GROUP)


def _people_compared(client: Client, first: date, last: date) -> dict[tuple[str, ...], int]:
    """Return the number of different users behind the compared scores of each series.

    The totals name no users, so the sessions are counted. Those of erased users, and those that are
    no longer kept, count for nobody: then more is withheld, not less.
    """
    zone = ZoneInfo(client.time_zone)
    begin, end = (
        datetime.combine(day, time.min, zone) for day in (first, last + timedelta(days=1))
    )
    verified = Q(session_type=SessionType.VERIFICATION)
    recognized = Q(session_type=SessionType.IDENTIFICATION, outcome=Outcome.SUCCESS)
    compared = SessionFact.objects.filter(
        verified | recognized,
        client=client,
        ended_at__gte=begin,
        ended_at__lt=end,
        is_counted=True,
        similarity__isnull=False,
    )
    groups = compared.order_by().values_list(*expectation.GROUP)
    return {
        tuple(labels): people
        for *labels, people in groups.annotate(people=Count("subject", distinct=True))
    }


def _pictures(
    client: Client, enrollments: int, progress: Callable[[list[int]], Iterable[int]]
) -> tuple[dict[str, Any] | None, str]:
    if not enrollments and not client.capture_policy.keep_images:
        return None, _NOT_KEPT
    if enrollments < LEAST_PEOPLE:
        return None, _FEW_CONSENT
    try:
        return kept_pictures.error_rates(client, progress=progress), ""
    except TooFewPeople:
        return None, _FEW_CONSENT
