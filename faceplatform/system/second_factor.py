"""The second factor of admin accounts: setting it up, asking for it, and taking it away."""

import re
import secrets

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db import transaction
from django.http import HttpRequest
from django_otp import DEVICE_ID_SESSION_KEY

from faceplatform.acting import FactorDeed, second_factor_told
from faceplatform.system.models import SecondFactor
from faceplatform.transactions import retried

_KEY_BYTES = 20  # RFC 4226, section 4: 160 bits are recommended
_CODE = re.compile(r"[0-9]{6}")
Account = User | AbstractBaseUser | AnonymousUser


def device_of(account: Account) -> SecondFactor | None:
    """Return the account's authenticator, if it has one that is confirmed."""
    return SecondFactor.objects.filter(user=account.pk, confirmed=True).first()


def is_satisfied(request: HttpRequest) -> bool:
    """Return True if the sign-in showed the account's second factor, or it needs none."""
    device = device_of(request.user)
    if device is None:
        return not settings.FACEPLATFORM_ADMIN_SECOND_FACTOR
    return bool(request.session.get(DEVICE_ID_SESSION_KEY) == device.persistent_id)


def verify(account: Account, code: str) -> SecondFactor | None:
    """Return the account's authenticator if the code is its own, of now, and was not used.

    A code that is looked at and wrong is recorded, and delays the next one.
    """
    return _check(account, code, confirmed=True)


def shown(account: User, device_pk: int) -> SecondFactor | None:
    """Return an authenticator of the account that waits for its first code, if it is still this."""
    return SecondFactor.objects.filter(user=account.pk, pk=device_pk, confirmed=False).first()


@retried
@transaction.atomic
def start(account: User) -> SecondFactor:
    """Make a key for an account, in place of one that was not confirmed; return it unconfirmed.

    An account that has a confirmed one keeps it, and that one is returned.
    """
    _hold(account)
    if (device := device_of(account)) is not None:
        return device
    SecondFactor.objects.filter(user=account.pk).delete()
    device = SecondFactor(user=account, confirmed=False)
    device.seal_columns(secrets.token_bytes(_KEY_BYTES))
    device.save()
    return device


@retried
@transaction.atomic
def confirm(account: User, device_pk: int, code: str) -> SecondFactor | None:
    """Put an unconfirmed authenticator into force; return it, or None for a wrong code.

    Args:
        device_pk: the one whose key this sign-in was shown. Another sign-in may have replaced it.
    """
    _hold(account)
    device = _check(account, code, confirmed=False, pk=device_pk)
    if device is not None:
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        _tell(account, FactorDeed.ENROLLED)
    return device


@retried
@transaction.atomic
def remove(account: User, code: str) -> bool:
    """Take an account's authenticator away, if the code is its own; return True if it was."""
    _hold(account)
    device = _check(account, code, confirmed=True)
    if device is not None:
        device.delete()
        _tell(account, FactorDeed.REMOVED)
    return device is not None


@retried
@transaction.atomic
def reset(account: User) -> bool:
    """Take an account's authenticator away without a code; return True if it had one."""
    _hold(account)
    deleted, _ = SecondFactor.objects.filter(user=account.pk).delete()
    if deleted:
        _tell(account, FactorDeed.REMOVED)
    return bool(deleted)


@retried
@transaction.atomic
def _check(account: Account, code: str, **which: int) -> SecondFactor | None:
    devices = SecondFactor.objects.select_for_update()
    device = devices.filter(user=account.pk, **which).first()
    digits = code.replace(" ", "")
    if device is None or not _CODE.fullmatch(digits) or not device.verify_is_allowed()[0]:
        return None
    if device.verify_token(digits):
        return device
    _tell(account, FactorDeed.REFUSED)
    return None


def _hold(account: User) -> None:
    User.objects.select_for_update().get(pk=account.pk)


def _tell(account: Account, deed: FactorDeed) -> None:
    second_factor_told.send(sender=SecondFactor, account=account, deed=deed)
