"""Counts of attempts: read, held while an attempt begins or ends, and reset."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from clients.lockout import schedule
from clients.lockout.errors import (
    AddressLocked,
    AddressNotFound,
    IdentificationDelayed,
    UserLocked,
    VerificationDelayed,
)
from clients.lockout.schedule import Barrier, Begun
from clients.models import Subject
from clients.models.lockout import AddressAttempts, Attempts, UserAttempts
from faceplatform import events, housekeeping, prepared
from faceplatform.addresses import network_of
from faceplatform.conf import CapturePolicy
from faceplatform.prepared import Prepared
from faceplatform.tenant import Tenant
from faceplatform.transactions import is_conflict, retried

Row = TypeVar("Row", bound=Attempts)

_of_user = Prepared(lambda rows, subject: rows.select_for_update().filter(subject=subject))
_of_address = Prepared(
    lambda rows, client, address: rows.select_for_update().filter(client=client, address=address)
)
_COUNTS = ("failures", "pending", "failed_at", "locked_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class LockoutState:
    """The state of a user's verifications or an address's identifications, for the client alone.

    Attributes:
        locked_until: the time until which none opens; None if one opens now, and for a lock, which
            an unlock ends.
    """

    consecutive_failures: int
    locked_until: datetime | None
    is_locked: bool


def state_of(subject: Subject) -> LockoutState:
    """Return the state by which the client's own policy would let a verification open now.

    Of subjects that were read with `attempts` and `client`, it costs no statement.
    """
    return _state(subject.client, getattr(subject, "attempts", None) or UserAttempts())


def state_of_address(client: Tenant, count: AddressAttempts) -> LockoutState:
    """Return the state by which the client's own policy would let an identification begin now."""
    return _state(client, count)


def _state(client: Tenant, count: Attempts) -> LockoutState:
    rules = schedule.rules_for(client.capture_policy)
    refusal = schedule.barrier(count, rules, timezone.now())
    return LockoutState(
        consecutive_failures=count.failures,
        locked_until=None if refusal is None else refusal.until,
        is_locked=refusal is not None and refusal.is_lock,
    )


def is_locked(subject_pk: int) -> bool:
    """Return True if the user is locked until the client unlocks it."""
    return UserAttempts.objects.filter(subject=subject_pk).exclude(locked_at=None).exists()


def require_user(subject_pk: int, policy: CapturePolicy) -> None:
    """Refuse to open a verification that could not compare anything now.

    Raises:
        VerificationDelayed, UserLocked
    """
    if (refusal := barrier_of_user(subject_pk, policy)) is not None:
        error = UserLocked if refusal.is_lock else VerificationDelayed
        raise error.by(refusal, timezone.now())


def barrier_of_user(subject_pk: int, policy: CapturePolicy) -> Barrier | None:
    """Return the refusal of a verification of the user that begins now; None if it may begin."""
    count = UserAttempts.objects.filter(subject=subject_pk).first()
    if count is None:
        return None
    return schedule.barrier(count, schedule.rules_for(policy), timezone.now())


def require_address(client: Tenant, address: str, policy: CapturePolicy) -> None:
    """Refuse to open an identification that could not compare anything now.

    Raises:
        IdentificationDelayed, AddressLocked
    """
    now = timezone.now()
    count = AddressAttempts.objects.filter(client=client.pk, address=address).first()
    refusal = count and schedule.barrier(count, schedule.rules_for(policy), now)
    if refusal:
        raise (AddressLocked if refusal.is_lock else IdentificationDelayed).by(refusal, now)


def hold_user(subject_pk: int) -> UserAttempts:
    """Return the user's count, held until the transaction ends; create it if necessary."""
    rows = _of_user(UserAttempts, subject_pk)
    return rows[0] if rows else _created(UserAttempts(subject_id=subject_pk), subject=subject_pk)


def hold_address(client_pk: int, address: str) -> AddressAttempts:
    """Return the address's count, held until the transaction ends; create it if necessary."""
    rows = _of_address(AddressAttempts, client_pk, address)
    if rows:
        return rows[0]
    new = AddressAttempts(client_id=client_pk, address=address)
    return _created(new, client=client_pk, address=address)


def begin(count: Attempts, policy: CapturePolicy) -> Barrier | None:
    """Reserve an attempt in a held count, in memory; return the barrier if there is one."""
    refusal = schedule.barrier(count, schedule.rules_for(policy), timezone.now())
    if refusal is None:
        count.pending += 1
    return refusal


def settle(count: Attempts, policy: CapturePolicy, *, success: bool) -> Begun | None:
    """Count the result of a reserved attempt in a held count, in memory.

    Returns:
        The consequence that begins with this failure; None for none.
    """
    rules = schedule.rules_for(policy)
    count.pending = max(0, count.pending - 1)
    if success:
        count.failures, count.failed_at = 0, None
        return None
    count.failures, count.failed_at = count.failures + 1, timezone.now()
    if count.locked_at is None and count.failures >= rules.total:
        count.locked_at = count.failed_at
        return Begun.LOCK
    return Begun.DELAYS if count.failures == rules.free else None


def save(count: Attempts) -> None:
    """Write a held count."""
    prepared.update(count, *_COUNTS)


@retried
@transaction.atomic
def unlock(subject: Subject) -> LockoutState:
    """Reset the user's count, so that a verification may begin; return its state.

    Failures of attempts in progress still count when they end.
    """
    count = hold_user(subject.pk)
    _reset(count)
    events.publish(
        events.UserUnlocked(
            client_id=subject.client_id,
            subject_id=subject.pk,
            at=timezone.now(),
            user_id=subject.user_id,
        )
    )
    return _state(subject.client, count)


def addresses_of(client: Tenant) -> QuerySet[AddressAttempts]:
    """Return the counts of the client's addresses that have failures."""
    return AddressAttempts.objects.filter(client=client.pk, failures__gt=0)


@retried
@transaction.atomic
def unlock_address(client: Tenant, address: str) -> AddressAttempts:
    """Reset the count of an address, or of an IPv6 address's network; return it.

    Failures of attempts in progress still count when they end.

    Raises:
        AddressNotFound: nothing is counted for it.
    """
    counts = AddressAttempts.objects.select_for_update().filter(client=client.pk)
    count = counts.filter(address__in={address, network_of(address)}).first()
    if count is None:
        raise AddressNotFound
    failures = count.failures
    _reset(count)
    events.publish(
        events.AddressUnlocked(
            client_id=count.client_id,
            subject_id=None,
            at=timezone.now(),
            address=count.address,
            failures=failures,
        )
    )
    return count


def _reset(count: Attempts) -> None:
    # Attempts in progress reserve no place any more, or the unlocked would stay delayed until all
    # of them end. There are no more of them than may fail in a row, so an unlock allows that many
    # further ones at the same time.
    count.failures, count.pending, count.failed_at, count.locked_at = 0, 0, None, None
    save(count)


def forget_addresses(*, limit: int) -> int:
    """Delete counts of addresses without a recent failure; return how many."""
    age = timedelta(hours=settings.FACEPLATFORM_LOCKOUT_ADDRESS_HOURS)
    old = Q(failed_at=None) | Q(failed_at__lt=timezone.now() - age)
    return housekeeping.delete_some(AddressAttempts.objects.filter(old, pending=0), limit=limit)


def _created(new: Row, **key: object) -> Row:
    """Insert a count, or hold the one that another transaction has inserted meanwhile."""
    try:
        with transaction.atomic():
            prepared.insert(new)
    except IntegrityError as e:
        if is_conflict(e):  # not the count: the user or client is gone
            raise
        rows = type(new)._default_manager.select_for_update()
        return rows.get(**key)
    return new
