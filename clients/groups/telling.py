"""Changes of groups, as events."""

from django.utils import timezone

from clients.models import Subject, SubjectGroup
from faceplatform import events
from faceplatform.events import GroupChange


def publish_change(group: SubjectGroup, change: GroupChange, member: Subject | None = None) -> None:
    """Publish a change of a group inside the transaction that wrote it.

    Args:
        member: the user who became a member or ceased to be one.
    """
    events.publish(
        events.GroupChanged(
            client_id=group.client_id,
            subject_id=member.pk if member else None,
            at=timezone.now(),
            group_id=group.public_id,
            name=group.name,
            change=change,
            user_id=member.user_id if member else "",
        )
    )
