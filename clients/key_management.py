"""A client's own management of its API keys, for keys that have the scope `manage`.

Each change holds the client's row and reads the calling key again, so that a stolen key that is
being revoked issues no further one, and of two last keys that revoke each other one stays.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from clients import credentials
from clients.credentials import IssuedCredential, scopes_in
from clients.models import Client, Credential
from clients.services import require_visible
from faceplatform.api.callers import ClientCaller
from faceplatform.api.scopes import Scope, ScopeMissing
from faceplatform.errors import CredentialsRefused, FaceplatformError
from faceplatform.events import CredentialChange
from faceplatform.transactions import retried


class CredentialNotFound(FaceplatformError):
    code = "credential_not_found"
    status = 404
    title = "This client has no such credential"


class CredentialEnded(FaceplatformError):
    code = "credential_ended"
    status = 409
    title = "The credential was revoked or has expired; create a new one"


class ExpiresAfterCaller(FaceplatformError):
    code = "expires_after_caller"
    status = 403
    title = "An API key gives no other one a longer life than its own"


class TooManyReplaced(FaceplatformError):
    code = "too_many_replaced"
    status = 409
    title = "Too many replaced credentials are still in their overlap; revoke some, or wait"


class LastManagingCredential(FaceplatformError):
    code = "last_managing_credential"
    status = 409
    title = "This is the last credential with the scope manage; rotate it, or reset all"


def of_client(client_pk: int) -> QuerySet[Credential]:
    """Return the client's credentials, ended ones included."""
    return Credential.objects.filter(client=client_pk)


def find(client_pk: int, public_id: UUID) -> Credential:
    """Return the client's credential with this id.

    Raises:
        CredentialNotFound: unknown and foreign alike.
    """
    credential = of_client(client_pk).filter(public_id=public_id).first()
    if credential is None:
        raise CredentialNotFound
    return credential


@retried
@transaction.atomic
def create(
    caller: ClientCaller, *, name: str, scopes: Collection[Scope], expires_at: datetime | None
) -> IssuedCredential:
    """Issue a further key with scopes that the calling key has.

    Args:
        expires_at: None for the calling key's own expiry.

    Raises:
        ScopeMissing, ExpiresAfterCaller, NameNotAllowed
    """
    require_visible(name, "name")
    calling = _hold(caller)
    _require_scopes(calling, scopes)
    return credentials.issue(
        calling.client,
        name=name,
        scopes=scopes,
        expires_at=_within_life(calling, expires_at, calling.own_expires_at),
        by=calling.public_id,
    )


@retried
@transaction.atomic
def rename(caller: ClientCaller, public_id: UUID, *, name: str) -> Credential:
    """Give a key another name. No effect if it is the same.

    Raises:
        CredentialNotFound, NameNotAllowed
    """
    require_visible(name, "name")
    calling = _hold(caller)
    credential = find(calling.client_id, public_id)
    if name != credential.name:
        before = {"name": credential.name}
        credential.name = name
        credential.save(update_fields=["name"])
        credentials.publish_change(
            credential, CredentialChange.RENAMED, by=calling.public_id, before=before
        )
    return credential


@retried
@transaction.atomic
def revoke(caller: ClientCaller, public_id: UUID) -> None:
    """Revoke a key. No effect if it is revoked.

    Raises:
        CredentialNotFound, LastManagingCredential
    """
    calling = _hold(caller)
    credential = find(calling.client_id, public_id)
    if credential.is_in_use(timezone.now()) and not _others_manage(credential):
        raise LastManagingCredential
    credentials.revoke(credential, by=calling.public_id)


@retried
@transaction.atomic
def rotate(
    caller: ClientCaller, public_id: UUID, *, overlap: timedelta, expires_at: datetime | None
) -> IssuedCredential:
    """Issue a key with the name and scopes of another one, which ends after the overlap.

    Args:
        expires_at: None for the expiry that the old key was issued with.

    Raises:
        CredentialNotFound, CredentialEnded, ExpiresAfterCaller, TooManyReplaced
        ScopeMissing: the key has scopes that the calling key lacks.
    """
    calling = _hold(caller)
    old = find(calling.client_id, public_id)
    _require_in_use(old)
    _require_scopes(calling, scopes_in(old.scopes))
    _require_few_replaced(calling.client, old)
    end = _within_life(calling, expires_at, old.own_expires_at)
    return _replace(calling.client, old, [old], overlap, end, by=calling.public_id)


@retried
@transaction.atomic
def rotate_for_operator(credential: Credential, *, overlap: timedelta) -> IssuedCredential:
    """Issue a key with the name, scopes and expiry of another one, which ends after the overlap.

    Raises:
        CredentialNotFound, CredentialEnded, TooManyReplaced
    """
    client = Client.objects.select_for_update().get(pk=credential.client_id)
    old = find(client.pk, credential.public_id)
    _require_in_use(old)
    _require_few_replaced(client, old)
    return _replace(client, old, [old], overlap, old.own_expires_at, by=None)


@retried
@transaction.atomic
def reset(caller: ClientCaller, *, overlap: timedelta) -> IssuedCredential:
    """Issue a key with the name, scopes and expiry of the calling one. All others, and the
    calling one, end after the overlap."""
    calling = _hold(caller)
    in_use = of_client(calling.client_id).filter(credentials.usable(timezone.now()))
    return _replace(
        calling.client,
        calling,
        list(in_use),
        overlap,
        calling.own_expires_at,
        by=calling.public_id,
    )


def _replace(
    client: Client,
    model: Credential,
    ending: list[Credential],
    overlap: timedelta,
    expires_at: datetime | None,
    *,
    by: UUID | None,
) -> IssuedCredential:
    """End keys, and issue one like the model in their place: then the limit has room for it."""
    now = timezone.now()
    for old in ending:
        if overlap:
            credentials.end_after_overlap(old, expires_at=now + overlap, by=by)
        else:
            credentials.revoke(old, by=by)
    return credentials.issue(
        client,
        name=model.name,
        scopes=scopes_in(model.scopes),
        expires_at=expires_at,
        change=CredentialChange.ROTATED,
        by=by,
    )


def _hold(caller: ClientCaller) -> Credential:
    """Hold the client's row until the transaction ends; return the calling credential.

    Raises:
        CredentialsRefused: the credential has ended in the meantime.
    """
    client = Client.objects.select_for_update().get(pk=caller.client.pk)
    calling = of_client(client.pk).filter(public_id=caller.credential).first()
    if calling is None:
        raise CredentialsRefused
    calling.client = client
    if not credentials.is_usable(calling):
        raise CredentialsRefused
    return calling


def _require_in_use(credential: Credential) -> None:
    if not credential.is_in_use(timezone.now()):
        raise CredentialEnded


def _require_few_replaced(client: Client, old: Credential) -> None:
    """Refuse to replace one more key while as many as the client may have are in their overlap."""
    in_use = of_client(client.pk).filter(credentials.usable(timezone.now()))
    replaced = in_use.exclude(replaced_at=None).exclude(pk=old.pk)
    if replaced.count() >= client.limits_in_force.credentials:
        raise TooManyReplaced


def _require_scopes(calling: Credential, scopes: Collection[Scope]) -> None:
    missing = sorted(set(scopes) - scopes_in(calling.scopes))
    if missing:
        raise ScopeMissing(
            f"An API key gives no scopes that it lacks itself: {', '.join(missing)}",
            extra={"required_scopes": [str(scope) for scope in missing]},
        )


def _within_life(
    calling: Credential, asked: datetime | None, default: datetime | None
) -> datetime | None:
    """Return the expiry of a new key: the one asked for, or the default, but never one after the
    calling key's own: a key that leaked for a day must not make itself permanent.

    Raises:
        ExpiresAfterCaller: the one asked for is.
    """
    end = calling.own_expires_at
    if end is None:
        return asked or default
    if asked is not None and asked > end:
        raise ExpiresAfterCaller
    return asked or min(default or end, end)


def _others_manage(credential: Credential) -> bool:
    """Return True if another credential manages for as long, or if this one does not either."""
    if Scope.MANAGE not in scopes_in(credential.scopes):
        return True
    end = credential.expires_at
    as_long = Q(expires_at=None) if end is None else Q(expires_at=None) | Q(expires_at__gte=end)
    others = of_client(credential.client_id).filter(as_long, revoked_at=None)
    return any(
        Scope.MANAGE in scopes_in(other.scopes) for other in others.exclude(pk=credential.pk)
    )
