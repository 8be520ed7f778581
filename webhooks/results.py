"""The results of attempts, written in batches by the holders of the claims."""

import logging
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from faceplatform import events, metrics, prepared
from faceplatform.transactions import retried
from webhooks import health, outbox, schedule
from webhooks.catalogue import EventType
from webhooks.claims import Claimed
from webhooks.http import Answer
from webhooks.models import Attempt, Delivery, DeliveryState
from webhooks.schedule import Verdict

log = logging.getLogger(__name__)

# Deliveries about webhooks: none of them leads to an event about itself. Otherwise two endpoints
# that are both dead would report each other for ever.
_ABOUT_WEBHOOKS = "webhook."
_STATES = {
    Verdict.DELIVERED: DeliveryState.DELIVERED,
    Verdict.RETRIED: DeliveryState.PENDING,
    Verdict.EXHAUSTED: DeliveryState.EXHAUSTED,
    Verdict.GONE: DeliveryState.ABANDONED,
}


@dataclass(frozen=True, slots=True)
class Result:
    """An attempt that has ended.

    Attributes:
        at: when it began.
    """

    claimed: Claimed
    at: datetime
    answer: Answer

    @property
    def verdict(self) -> Verdict:
        return schedule.judge(
            succeeded=self.answer.succeeded,
            status_code=self.answer.status_code,
            attempts_made=self.claimed.attempts_made + 1,
        )


def write(results: Sequence[Result], *, now: datetime) -> None:
    """Write attempts, the states of their deliveries and endpoints; publish what follows.

    A result whose claim is another's by now, or whose delivery was deleted, is dropped.
    """
    for verdict, held in _write(results, now).items():
        metrics.WEBHOOK_ATTEMPTS.labels(verdict).inc(len(held))


@retried
@transaction.atomic
def _write(results: Sequence[Result], now: datetime) -> dict[Verdict, list[Result]]:
    """Write the results that are held; return them by verdict."""
    held: dict[Verdict, list[Result]] = {verdict: [] for verdict in Verdict}
    for result in _still_held(results):
        held[result.verdict].append(result)
    delivered, exhausted, gone = (
        held[each] for each in (Verdict.DELIVERED, Verdict.EXHAUSTED, Verdict.GONE)
    )
    failed = held[Verdict.RETRIED] + exhausted
    if rows := [_attempt(result) for result in delivered + failed + gone]:
        prepared.insert_all(rows)
    _write_delivered(delivered, now)
    for result in failed + gone:
        _write_failed(result, now)
    _forget_users(delivered + exhausted + gone)
    health.note(
        succeeded=_endpoints(delivered), failed=_endpoints(failed), gone=_endpoints(gone), now=now
    )
    for result in exhausted:
        _publish_exhausted(result, now)
    return held


def _still_held(results: Sequence[Result]) -> list[Result]:
    """Lock the deliveries; return the results whose claims are current."""
    rows = Delivery.objects.select_for_update().order_by("pk")
    claims = dict(
        rows.filter(
            pk__in=[result.claimed.pk for result in results], state=DeliveryState.PENDING
        ).values_list("pk", "claim")
    )
    held = [result for result in results if claims.get(result.claimed.pk) == result.claimed.claim]
    if dropped := len(results) - len(held):
        log.info("Results of %d webhook attempts came after the end of their claims", dropped)
    return held


def _attempt(result: Result) -> Attempt:
    return Attempt(
        client_id=result.claimed.endpoint.client_id,
        endpoint_id=result.claimed.endpoint.pk,
        delivery_id=result.claimed.pk,
        number=result.claimed.attempts_made + 1,
        at=result.at,
        milliseconds=result.answer.milliseconds,
        status_code=result.answer.status_code,
        error=result.answer.error,
        answer=result.answer.text,
    )


def _write_delivered(delivered: list[Result], now: datetime) -> None:
    by_made = defaultdict(list)
    for result in delivered:
        by_made[result.claimed.attempts_made].append(result.claimed.pk)
    for made, keys in by_made.items():
        Delivery.objects.filter(pk__in=keys).update(
            state=DeliveryState.DELIVERED,
            attempts_made=made + 1,
            claim="",
            next_attempt_at=None,
            finished_at=now,
        )


def _write_failed(result: Result, now: datetime) -> None:
    made = result.claimed.attempts_made + 1
    next_attempt_at = None
    if result.verdict is Verdict.RETRIED:
        next_attempt_at = now + schedule.wait_before_next(
            made,
            status_code=result.answer.status_code,
            retry_after=result.answer.retry_after,
            chance=random.random(),  # noqa: S311  (no secret)
        )
    Delivery.objects.filter(pk=result.claimed.pk).update(
        state=_STATES[result.verdict],
        attempts_made=made,
        claim="",
        next_attempt_at=next_attempt_at,
        finished_at=None if next_attempt_at else now,
    )


def _forget_users(ended: list[Result]) -> None:
    """Let the outbox blot out the ids of erased users: nobody is told of them any more."""
    keys = [
        each.claimed.pk for each in ended if each.claimed.event_type == EventType.SUBJECT_ERASED
    ]
    if keys:
        outbox.finished(Delivery.objects.filter(pk__in=keys))


def _endpoints(results: list[Result]) -> set[int]:
    return {result.claimed.endpoint.pk for result in results}


def _publish_exhausted(result: Result, now: datetime) -> None:
    claimed = result.claimed
    if claimed.event_type.startswith(_ABOUT_WEBHOOKS):
        return
    events.publish(
        events.AttemptsExhausted(
            client_id=claimed.endpoint.client_id,
            subject_id=None,
            at=now,
            endpoint_id=claimed.endpoint.public_id,
            endpoint_name=claimed.endpoint.name,
            message_id=claimed.message_id,
            event_type=claimed.event_type,
        )
    )
