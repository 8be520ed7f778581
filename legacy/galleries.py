"""001's galleries: names of users within a gallery, each a user of the client.

A gallery is a group of the client's users; one more group holds the members of all galleries.
The user's id in the main API is ``gallery/username`` where that is free and fits.
"""

import uuid

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from clients import services as users
from clients.models import Client, Subject, SubjectGroup
from enrollment import services as enrollments
from faceplatform.transactions import is_conflict, retried
from legacy.models import GalleryMember

_EVERY_MEMBER = "galleries"
# A group without members, searched for an unknown gallery, so that the answer reveals no more.
_NOBODY = "galleries/none"
_USER_ID_LENGTH = 150


def member(client: Client, gallery: str, username: str) -> Subject | None:
    """Return the user of that name in the gallery, if a face was registered."""
    found = _members(client, gallery).filter(username=username).select_related("subject").first()
    if found is None or not enrollments.is_enrolled(found.subject):
        return None
    return found.subject


def get_or_create_member(client: Client, gallery: str, username: str) -> Subject:
    """Return the user of that name in the gallery; create an unknown one.

    Raises:
        ConsentRequired: the client's policy demands a consent, which an unknown one has not given.
    """
    group = users.get_or_create_group(client, _group_name(gallery))
    known = GalleryMember.objects.filter(group=group, username=username)
    found = known.select_related("subject").first()
    if found is not None:
        return found.subject
    if client.capture_policy.require_consent:
        raise users.ConsentRequired
    try:
        return _create(client, group, gallery, username)
    except IntegrityError as e:
        if is_conflict(e):  # neither of the two: the client is gone
            raise
        # Another request was first: with this name, or with the id that was chosen for it.
        found = known.select_related("subject").first()
        return found.subject if found else _create(client, group, gallery, username)


def name_of(client: Client, user_id: str) -> str | None:
    """Return the name of a member within its gallery, by the member's id in the main API: that id
    for a member that the main API added to the group. None if the member was erased at this moment.
    """
    found = GalleryMember.objects.filter(subject__client=client, subject__user_id=user_id).first()
    if found is not None:
        return found.username
    return user_id if users.subjects(client).filter(user_id=user_id).exists() else None


def searched(client: Client, gallery: str | None) -> SubjectGroup:
    """Return the group to search: one gallery's members, or those of all galleries for None."""
    group = users.find_group(client, _EVERY_MEMBER if gallery is None else _group_name(gallery))
    return group or nobody(client)


def nobody(client: Client) -> SubjectGroup:
    """Return the group without members: an image is measured, and nobody is found."""
    return users.get_or_create_group(client, _NOBODY)


@retried
@transaction.atomic
def _create(client: Client, group: SubjectGroup, gallery: str, username: str) -> Subject:
    users.require_visible(username, "user_id")  # the user's id may not contain it
    subject = users.create_subject(client, _free_user_id(client, gallery, username))
    GalleryMember.objects.create(group=group, username=username, subject=subject)
    subject.groups.add(group, users.get_or_create_group(client, _EVERY_MEMBER))
    return subject


def _free_user_id(client: Client, gallery: str, username: str) -> str:
    """Return an id that no user has: a random one where the usual one is taken or too long."""
    user_id = f"{gallery}/{username}"
    taken = users.subjects(client).filter(user_id=user_id).exists()
    return f"gallery/{uuid.uuid4()}" if taken or len(user_id) > _USER_ID_LENGTH else user_id


def _group_name(gallery: str) -> str:
    return f"gallery:{gallery}"


def _members(client: Client, gallery: str) -> QuerySet[GalleryMember]:
    return GalleryMember.objects.filter(group__client=client, group__name=_group_name(gallery))
