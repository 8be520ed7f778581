"""Limits on what a client has: users, credentials, groups. Exact for simultaneous creations.

Each function is called inside the transaction that creates the thing, before it does.
"""

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from clients.models import Client, Credential, Subject, SubjectGroup
from clients.models.usage import UserTally
from faceplatform import prepared
from faceplatform.errors import FaceplatformError
from faceplatform.prepared import Prepared
from faceplatform.tenant import Tenant
from faceplatform.transactions import is_conflict

_tally_of = Prepared(lambda rows, client: rows.select_for_update().filter(client=client))


class UserLimitReached(FaceplatformError):
    code = "user_limit_reached"
    status = 409
    title = "The client has as many users as its limits allow"


class CredentialLimitReached(FaceplatformError):
    code = "credential_limit_reached"
    status = 409
    title = "The client has as many credentials as its limits allow"


class GroupLimitReached(FaceplatformError):
    code = "group_limit_reached"
    status = 409
    title = "The client has as many groups as its limits allow"


def take_user(client: Tenant) -> None:
    """Count a user that is about to be created. The count is held until the transaction ends.

    Raises:
        UserLimitReached
    """
    tally = _held_tally(client.pk)
    if tally.users is None:
        tally.users = Subject.objects.filter(client=client.pk).count()
    limit = client.limits_in_force.users
    if tally.users >= limit:
        raise UserLimitReached(f"The limit is {limit} users", extra={"limit": limit})
    tally.users += 1
    prepared.update(tally, "users")


def give_back_user(client_pk: int) -> None:
    """Count a user that was deleted, where users have been counted at all."""
    UserTally.objects.filter(client=client_pk).update(users=F("users") - 1)


def require_room_for_credential(client: Client) -> None:
    """Refuse a further credential. The client's row is held until the transaction ends.

    Raises:
        CredentialLimitReached
    """
    limit = _held(client).limits_in_force.credentials
    now = timezone.now()
    lasting = Q(expires_at=None) | Q(expires_at__gt=now)
    # Those that were replaced go on for an overlap only: replacing must be possible at the limit.
    in_use = Credential.objects.filter(lasting, client=client, revoked_at=None, replaced_at=None)
    if in_use.count() >= limit:
        raise CredentialLimitReached(f"The limit is {limit} credentials", extra={"limit": limit})


def require_room_for_group(client: Tenant) -> None:
    """Refuse a further group. The client's row is held until the transaction ends.

    Raises:
        GroupLimitReached
    """
    limit = _held(client).limits_in_force.groups
    if SubjectGroup.objects.filter(client=client.pk).count() >= limit:
        raise GroupLimitReached(f"The limit is {limit} groups", extra={"limit": limit})


def _held(client: Tenant) -> Client:
    return Client.objects.select_for_update().get(pk=client.pk)


def _held_tally(client_pk: int) -> UserTally:
    for tally in _tally_of(UserTally, client_pk):
        return tally
    try:
        with transaction.atomic():
            prepared.insert(UserTally(client_id=client_pk))
    except IntegrityError as e:
        if is_conflict(e):  # not the tally: the client is gone
            raise
    (tally,) = _tally_of(UserTally, client_pk)
    return tally
