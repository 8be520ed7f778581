"""004's accounts: passwords by Django's hashers, sign-ins as rows behind a signed cookie."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone

from clients.models import Client
from faceplatform.errors import FaceplatformError
from faceplatform.transactions import is_conflict, retried
from legacy.models import LegacyAccount, LegacyLogin

_SALT = "legacy.accounts.login"


class UsernameTaken(FaceplatformError):
    code = "username_taken"
    status = 400
    title = "Username already exists!"


class UsernameUnknown(FaceplatformError):
    """The document distinguishes it from a wrong password; failures are throttled."""

    code = "username_unknown"
    status = 400
    title = "Username not found!"


class PasswordWrong(FaceplatformError):
    code = "password_wrong"
    status = 400
    title = "Password is incorrect!"


def lifetime() -> timedelta:
    return timedelta(hours=settings.FACEPLATFORM_LEGACY_LOGIN_HOURS)


def create(client: Client, *, fullname: str, username: str, password: str) -> LegacyAccount:
    """Create an account of the client.

    Raises:
        UsernameTaken
    """
    hashed = make_password(password)
    try:
        return _insert(client=client, fullname=fullname, username=username, password=hashed)
    except IntegrityError as e:
        if is_conflict(e):  # not because of the name: the client is gone
            raise
        raise UsernameTaken from e


@retried
@transaction.atomic
def _insert(*, client: Client, fullname: str, username: str, password: str) -> LegacyAccount:
    return LegacyAccount.objects.create(
        client=client, fullname=fullname, username=username, password=password
    )


def check(client: Client, *, username: str, password: str) -> LegacyAccount:
    """Return the account that the pair belongs to; write nothing.

    An unknown name costs a hash as well, so that the time of the answer reveals no names.

    Raises:
        UsernameUnknown, PasswordWrong
    """
    account = LegacyAccount.objects.filter(client=client, username=username).first()
    if account is None:
        make_password(password)
        raise UsernameUnknown
    if not check_password(password, account.password):
        raise PasswordWrong
    return account


def sign_in(account: LegacyAccount) -> str:
    """Sign in; return the cookie's value. Deletes sign-ins that have expired.

    Raises:
        UsernameUnknown: the account was deleted at this moment.
    """
    try:
        login = _begin_login(account)
    except IntegrityError as e:
        raise UsernameUnknown from e
    return signing.dumps(str(login.public_id), salt=_SALT)


@retried
def _begin_login(account: LegacyAccount) -> LegacyLogin:
    now = timezone.now()
    LegacyLogin.objects.filter(expires_at__lte=now).delete()
    return LegacyLogin.objects.create(account=account, expires_at=now + lifetime())


def login_of(client: Client, cookie: str | None) -> LegacyLogin | None:
    """Return the sign-in of a cookie; None if that is missing, forged, expired or signed out."""
    if not cookie:
        return None
    try:
        public_id = UUID(signing.loads(cookie, salt=_SALT, max_age=lifetime()))
    except (signing.BadSignature, ValueError):
        return None
    return (
        LegacyLogin.objects.select_related("account")
        .filter(public_id=public_id, account__client=client, expires_at__gt=timezone.now())
        .first()
    )


@retried
def sign_out(login: LegacyLogin) -> None:
    login.delete()


@retried
def delete(account: LegacyAccount) -> bool:
    """Delete an account with its sign-ins; return False if it was gone already."""
    deleted, _ = LegacyAccount.objects.filter(pk=account.pk).delete()
    return deleted > 0
