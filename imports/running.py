"""The runner: takes the items of all jobs in turn, one at a time.

Live callers come first: one image is measured at a time, and a busy engine makes the runner wait, a
little longer each time, up to half a minute.

A process may be killed at any moment. An item's session and its token are written in one
transaction with the opening of the session, and its result in one with the end of the session. So
the next process goes on with the session that is open, or finds the item ended.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic, sleep

from django.db import Error, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from clients import usage
from faceplatform import metering
from faceplatform.errors import EngineBusy, EngineError, FaceplatformError
from faceplatform.leases.lease import new_owner
from faceplatform.sessions.errors import ModelChanged, SessionExpired, SessionNotFound
from faceplatform.sessions.reasons import Reason
from faceplatform.transactions import retried
from imports import enrolling, jobs, rate
from imports.creating import create_user
from imports.enrolling import Choices, Feeding, Outcome
from imports.lease import LEASE
from imports.models import (
    UNFINISHED,
    ImportImage,
    ImportItem,
    ImportJob,
    ImportSession,
    JobStatus,
    Result,
)
from imports.rate import FramesUsedUp

log = logging.getLogger(__name__)

INTERRUPTED = "import_interrupted"
# The usage of the call that starts an import has its frames.
OPERATION = "POST /api/clients/users/import/"
# An item whose attempts all break off does not hold up the others for ever: eight attempts, each
# twice as long after the one before, last an hour.
_MOST_TRIES = 8
_FIRST_WAIT_SECONDS = 15
_LONGEST_PAUSE_SECONDS = 30
_LOST = (SessionNotFound, SessionExpired, ModelChanged)
# Reasons of sessions that end the whole job, at its next item.
_OF_THE_JOB = (Reason.CREDENTIAL_REVOKED, Reason.CLIENT_INACTIVE)


class TurnOver(Exception):
    """The process is to stop, or its time is used up: the item in hand waits for the next one."""


@dataclass
class Turn:
    """The right to process items for some time.

    Attributes:
        owner: has the lease.
        seconds: time after which the turn ends, after the image in hand; None for no limit.
        is_stopped: tells that the process is to end.
    """

    owner: str = field(default_factory=new_owner)
    seconds: float | None = None
    is_stopped: Callable[[], bool] = lambda: False

    def __post_init__(self) -> None:
        self._ends_at = None if self.seconds is None else monotonic() + self.seconds

    def go_on(self) -> None:
        """Renew the lease.

        Raises:
            TurnOver
        """
        overdue = self._ends_at is not None and monotonic() >= self._ends_at
        if overdue or self.is_stopped() or not LEASE.take(self.owner):
            raise TurnOver

    def pause(self, seconds: float) -> None:
        """Wait, and keep the lease meanwhile.

        Raises:
            TurnOver
        """
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0:
            self.go_on()
            sleep(min(left, 1.0))


def run(turn: Turn) -> int:
    """Process items until none is ready or the turn is over; return the number processed.

    Does nothing while another process has the lease.
    """
    processed, last = 0, 0
    if not _unfinished().exists() or not LEASE.take(turn.owner):
        return 0
    try:
        while (item := _next_item(after_job=last)) is not None:
            turn.go_on()
            last = item.job_id
            with metering.later_work(item.job.client, OPERATION):
                _process(item, turn)
            processed += 1
    except TurnOver:
        pass
    finally:
        LEASE.release(turn.owner)
        _write_usage()
    return processed


def _write_usage() -> None:
    """Write what was counted since the last write, as the process may end now."""
    try:
        usage.flush()
    except Error:
        log.exception("Usage of an import could not be written; it is kept for the next write")


def has_work() -> bool:
    """Return True if a job is unfinished."""
    return _unfinished().exists()


def _unfinished() -> QuerySet[ImportJob]:
    return ImportJob.objects.filter(status__in=UNFINISHED)


def _next_item(*, after_job: int) -> ImportItem | None:
    """Return an item that is ready, of the next job in turn, so that no client waits for another
    client's whole file, nor for another client's limit of frames."""
    statuses = dict(_unfinished().values_list("pk", "status"))
    ready = Q(not_before=None) | Q(not_before__lte=timezone.now())
    for key in sorted(statuses, key=lambda key: (key <= after_job, key)):
        if statuses[key] == JobStatus.QUEUED:
            _start(key)
        items = ImportItem.objects.select_related("job__client")
        item = items.filter(ready, job=key, result="").order_by("pk").first()
        if item is None:
            jobs.complete(key)
        elif not item.image_count or rate.has_room(item.job):
            return item
    return None


@retried
def _start(job_pk: int) -> None:
    queued = ImportJob.objects.filter(pk=job_pk, status=JobStatus.QUEUED)
    queued.update(status=JobStatus.RUNNING, started_at=timezone.now())


def _process(item: ImportItem, turn: Turn) -> None:
    """Process an item, or leave it for later.

    Raises:
        TurnOver
    """
    _count_try(item)
    try:
        begun = _begin(item.pk)
    except FaceplatformError as e:
        if isinstance(e, EngineError):
            _postpone(item, turn)
        else:
            jobs.finish_item(item.pk, enrolling.outcome_of(e))
        return
    if begun is None:
        return
    try:
        outcome = _feed(begun, turn)
    except TurnOver:
        _give_back(item)
        raise
    except FramesUsedUp as e:
        _give_back(item, wait=e.seconds)
        return
    except _LOST:
        _restart(item)
        return
    except EngineError as e:
        log.warning("An import waits for the engine: %s", e.detail)
        _postpone(item, turn)
        return
    except FaceplatformError as e:  # its images cannot be unsealed, say
        outcome = enrolling.outcome_of(e)
    if outcome.reason in _OF_THE_JOB:  # the next item finds out, and ends the job
        return
    jobs.finish_item(item.pk, outcome)


@retried
def _count_try(item: ImportItem) -> None:
    """Count an attempt before it begins: one that kills its process must count, too."""
    ImportItem.objects.filter(pk=item.pk).update(tries=F("tries") + 1)


@retried
@transaction.atomic
def _begin(item_pk: int) -> ImportSession | None:
    """Open the item's session, or find the one that is open. Return None if nothing is to be done.

    Holds the job's row and the item's: a job that is cancelled meanwhile opens no session, and no
    erased user is enrolled again.

    Raises:
        FaceplatformError: the user cannot be created or enrolled.
    """
    job = ImportJob.objects.select_for_update().filter(items=item_pk).first()
    item = ImportItem.objects.select_for_update().filter(pk=item_pk, result="").first()
    if job is None or item is None or job.status != JobStatus.RUNNING or _end_if_barred(job):
        return None
    if item.tries > _MOST_TRIES:
        jobs.finish_item(item.pk, Outcome(Result.FAILED, INTERRUPTED))
        return None
    if not item.image_count:
        outcome = create_user(
            job.client,
            item.user_id,
            display_name=item.display_name,
            metadata=item.metadata,
            consent=item.consent,
        )
        jobs.finish_item(item.pk, outcome)
        return None
    session = ImportSession.objects.filter(item=item.pk).first()
    return session or _open(job, item)


def _end_if_barred(locked: ImportJob) -> bool:
    """End a job whose client or credential may not call any more; return True if it did."""
    credential = locked.credential
    if not locked.client.is_active:
        jobs.end(locked, JobStatus.FAILED, reason=Reason.CLIENT_INACTIVE)
    elif credential is not None and not credential.is_in_use(timezone.now()):
        jobs.end(locked, JobStatus.FAILED, reason=Reason.CREDENTIAL_REVOKED)
    return locked.status != JobStatus.RUNNING


def _open(job: ImportJob, item: ImportItem) -> ImportSession | None:
    choices = Choices(
        skip_enrolled=job.skip_enrolled,
        target_samples=job.target_samples,
        credential=job.credential_id,
    )
    client, user_id, images = job.client, item.user_id, item.image_count
    found = enrolling.obstacle(client, user_id, images=images, choices=choices)
    if found is not None:
        jobs.finish_item(item.pk, found)
        return None
    public_id, token = enrolling.open_session(client, user_id, images=images, choices=choices)
    session = ImportSession(item=item, public_id=public_id)
    session.seal_columns(token.encode())
    session.save(force_insert=True)
    return session


def _feed(session: ImportSession, turn: Turn) -> Outcome:
    """Post the item's images, from the place where another process stopped; return the outcome.

    Raises:
        FramesUsedUp, TurnOver, EngineError, SessionNotFound, SessionExpired, ModelChanged
    """
    feeding = _feeding(session)
    rest = ImportImage.objects.filter(item=session.item_id, position__gte=session.position)
    # One at a time: an image has up to 10 MB.
    for number, key in enumerate(list(rest.order_by("position").values_list("pk", flat=True))):
        if number:  # the lease was renewed for the item
            turn.go_on()
        image = ImportImage.objects.filter(pk=key).first()
        if image is None:  # cancelled, or the user was erased
            raise SessionNotFound
        if (outcome := _take(session, feeding, image, turn)) is not None:
            return outcome
    return feeding.end()


def _feeding(session: ImportSession) -> Feeding:
    earlier = ImportImage.objects.filter(item=session.item_id, position__lt=session.position)
    return Feeding(
        session.item.job.client,
        session.unseal_column("token").decode(),
        reasons=session.item.image_reasons,
        refusal=session.refusal,
        posted=earlier.filter(fault="").count(),
    )


def _take(
    session: ImportSession, feeding: Feeding, image: ImportImage, turn: Turn
) -> Outcome | None:
    """Take the next image of the item; return the outcome if that ended the item.

    Raises:
        FramesUsedUp, TurnOver, EngineError, SessionNotFound, SessionExpired, ModelChanged
    """
    outcome = None
    if image.fault:
        feeding.skip(image.fault)
    elif feeding.ends_with_next and (outcome := _complete(session, feeding, image)) is not None:
        return outcome
    else:
        rate.take(session.item.job)
        outcome = _post(feeding, image, turn)
    _note(session, feeding, position=image.position + 1)
    return outcome


def _complete(session: ImportSession, feeding: Feeding, image: ImportImage) -> Outcome | None:
    """Complete the session without its last frame, which would end it if it were refused."""
    _note(session, feeding, position=session.item.image_count)  # no image is in hand
    completed = feeding.complete()
    if completed is None:
        _note(session, feeding, position=image.position)
    return completed


def _post(feeding: Feeding, image: ImportImage, turn: Turn) -> Outcome | None:
    """Post an image; while the engine is busy, wait.

    Raises:
        TurnOver, EngineError, SessionNotFound, SessionExpired, ModelChanged
    """
    data = image.unseal_column("data")
    pause = 1.0
    while True:
        try:
            return feeding.post(data)
        except EngineBusy as e:
            turn.pause(max(pause, e.retry_after or 0))
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


@retried
@transaction.atomic
def _note(session: ImportSession, feeding: Feeding, *, position: int) -> None:
    """Note how far the item is. Killed before that, the next process posts the image again, and the
    session refuses it as a repetition."""
    open_item = ImportItem.objects.filter(pk=session.item_id, result="")
    if open_item.update(image_reasons=feeding.reasons):
        own = ImportSession.objects.filter(pk=session.pk)
        own.update(position=position, refusal=feeding.refusal)


@retried
def _give_back(item: ImportItem, *, wait: int = 0) -> None:
    """Leave the item to the next process, uncounted, after so many seconds."""
    not_before = timezone.now() + timedelta(seconds=wait) if wait else None
    attempted = ImportItem.objects.filter(pk=item.pk, tries__gt=0)
    attempted.update(tries=F("tries") - 1, not_before=not_before)


@retried
@transaction.atomic
def _restart(item: ImportItem) -> None:
    """Forget a session that is lost: the next attempt opens another one."""
    ImportSession.objects.filter(item=item.pk).delete()
    ImportItem.objects.filter(pk=item.pk, result="").update(image_reasons=[])


def _postpone(item: ImportItem, turn: Turn) -> None:
    """Try the item later, twice as late each time; pause, as other items would fare no better.

    Raises:
        TurnOver
    """
    _set_not_before(item)
    turn.pause(_FIRST_WAIT_SECONDS)


@retried
def _set_not_before(item: ImportItem) -> None:
    wait = timedelta(seconds=_FIRST_WAIT_SECONDS * 2**item.tries)
    ImportItem.objects.filter(pk=item.pk).update(not_before=timezone.now() + wait)
