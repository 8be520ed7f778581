"""Error rates of a running service, for its operator: from scores and kept pictures of users with a
recorded consent."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from analytics import consented, expectation
from analytics.consented import People, Sessions
from clients.models import Client
from clients.services import consenting_subjects
from enrollment import kept_pictures, quality_reports
from enrollment.kept_pictures import LEAST_PEOPLE, TooFewPeople
from faceplatform import events

_FEW = f"fewer than {LEAST_PEOPLE} people"
_NOT_KEPT = "The client's policy does not keep pictures (keep_images)."
_FEW_CONSENT = f"Pictures of {_FEW} with a recorded consent are kept: rates would tell about them."
_FEW_USERS = (
    f"Compared sessions of {_FEW} with a recorded consent are kept for this time: rates would tell "
    "about them."
)
_FEW_COMPARED = f"{_FEW} were compared"
_FEW_LEFT_OUT = f"compared sessions of {_FEW}"
_NO_EXPECTATION = (
    "There is no compared session with a template of a user with a recorded consent, or the "
    "calibration does not say how similar people were to themselves."
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

    ``left_out`` is the number of compared sessions whose user has no recorded consent. A figure
    that is withheld is None; `..._withheld` says why, and so does ``withheld`` of a series of
    scores.

    Raises:
        faceplatform.errors.FaceplatformError: the engine cannot measure now.
    """
    enrollments = kept_pictures.enrollments(client).count()
    _record(client, first, enrollments)
    sessions = consented.of_days(client, first, last)
    scores, scores_withheld = _scores(client, sessions)
    left_out, left_out_withheld = _left_out(sessions)
    pictures, pictures_withheld = _pictures(client, enrollments, progress)
    return {
        "client": client.name,
        "days_kept": consented.days_kept(client),
        "scores": scores,
        "scores_withheld": scores_withheld,
        "left_out": left_out,
        "left_out_withheld": left_out_withheld,
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


def _scores(client: Client, sessions: Sessions) -> tuple[list[dict[str, Any]] | None, str]:
    if sessions.everybody.are_few:
        return None, _FEW_USERS
    users = consenting_subjects(client)
    below = quality_reports.expected_below(client.pk, users=users)
    found = [] if below is None else expectation.beside(client, sessions.scores, below)
    if not found:
        return None, _NO_EXPECTATION
    return [_series(each, sessions.people[_labels(each)]) for each in found], ""


def _left_out(sessions: Sessions) -> tuple[int | None, str]:
    if sessions.left_out and sessions.others.are_few:
        return None, _FEW_LEFT_OUT
    return sessions.left_out, ""


def _series(series: dict[str, Any], people: People) -> dict[str, Any]:
    """Return a series of scores, or its labels alone if it would tell about few people."""
    if not people.are_few:
        return {**series, "withheld": ""}
    labels = dict(zip(expectation.GROUP, _labels(series), strict=True))
    return {**dict.fromkeys(series), **labels, "withheld": _FEW_COMPARED}


def _labels(series: dict[str, Any]) -> tuple[str, ...]:
    return tuple(series[name] for name in expectation.GROUP)


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
