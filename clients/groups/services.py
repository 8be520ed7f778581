"""Groups: creating and deleting them, and their members."""

from collections.abc import Collection
from uuid import UUID

from django.db import IntegrityError, transaction

from clients import quotas
from clients.groups.telling import publish_change
from clients.models import Subject, SubjectGroup
from clients.services import require_visible
from faceplatform.errors import FaceplatformError
from faceplatform.events import GroupChange
from faceplatform.tenant import Tenant
from faceplatform.transactions import is_conflict, retried


class GroupNotFound(FaceplatformError):
    code = "group_not_found"
    status = 404
    title = "This client has no such group"


class GroupExists(FaceplatformError):
    code = "group_exists"
    status = 409
    title = "This client has a group with this name"


class UsersNotFound(FaceplatformError):
    """Carries the unknown ids as ``user_ids``."""

    code = "users_not_found"
    status = 404
    title = "This client has no users with some of these ids; nobody was added"


class MemberNotFound(FaceplatformError):
    code = "member_not_found"
    status = 404
    title = "This group has no such member"


@retried
@transaction.atomic
def create(client: Tenant, name: str) -> SubjectGroup:
    """Create a group.

    Raises:
        GroupExists
        clients.quotas.GroupLimitReached
        clients.services.NameNotAllowed
    """
    require_visible(name, "name")
    quotas.require_room_for_group(client)
    if SubjectGroup.objects.filter(client=client.pk, name=name).exists():
        raise GroupExists
    try:
        with transaction.atomic():
            group = SubjectGroup.objects.create(client_id=client.pk, name=name)
    except IntegrityError as e:
        if is_conflict(e):  # not the name: the client is gone
            raise
        raise GroupExists from e  # 001's groups are created without holding the client
    publish_change(group, GroupChange.CREATED)
    return group


def find(client: Tenant, public_id: UUID) -> SubjectGroup:
    """Return the client's group of this id.

    Raises:
        GroupNotFound
    """
    group = SubjectGroup.objects.filter(client=client.pk, public_id=public_id).first()
    if group is None:
        raise GroupNotFound
    return group


@retried
@transaction.atomic
def delete(group: SubjectGroup) -> None:
    """Delete a group; its members stay users. Open identifications among them end.

    Raises:
        GroupNotFound: deleted in the meantime.
    """
    held = _held(group)
    held.delete()
    publish_change(held, GroupChange.DELETED)


@retried
@transaction.atomic
def add_members(group: SubjectGroup, user_ids: Collection[str]) -> int:
    """Add all of these users or none; return how many were no members before.

    Raises:
        GroupNotFound: deleted in the meantime.
        UsersNotFound
    """
    held = _held(group)
    found = Subject.objects.filter(client=held.client_id, user_id__in=user_ids)
    users = {user.user_id: user for user in found}
    if unknown := [user_id for user_id in user_ids if user_id not in users]:
        raise UsersNotFound(extra={"user_ids": unknown})
    before = set(held.subjects.filter(pk__in=found).values_list("pk", flat=True))
    new = [user for user in users.values() if user.pk not in before]
    held.subjects.add(*new)
    for user in new:
        publish_change(held, GroupChange.MEMBER_ADDED, user)
    return len(new)


@retried
@transaction.atomic
def remove_member(group: SubjectGroup, user_id: str) -> None:
    """Remove a member.

    Raises:
        GroupNotFound: deleted in the meantime.
        MemberNotFound
    """
    held = _held(group)
    member = held.subjects.filter(user_id=user_id).first()
    if member is None:
        raise MemberNotFound
    held.subjects.remove(member)
    publish_change(held, GroupChange.MEMBER_REMOVED, member)


def _held(group: SubjectGroup) -> SubjectGroup:
    """Hold the group's row until the transaction ends."""
    held = SubjectGroup.objects.select_for_update().filter(pk=group.pk).first()
    if held is None:
        raise GroupNotFound
    return held
