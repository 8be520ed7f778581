"""The end of a group ends the open identifications among its members."""

from typing import Any

from django.db.models import Q
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from authentication.models import AuthenticationSession
from clients.models import SubjectGroup
from faceplatform.sessions import registry
from faceplatform.sessions.ending import cancel_all_of
from faceplatform.sessions.reasons import Reason


@receiver(pre_delete, sender=SubjectGroup, dispatch_uid="group_deleted")
def end_identifications(instance: SubjectGroup, **_: Any) -> None:
    kind = registry.kind_for_token(AuthenticationSession.token_prefix)
    cancel_all_of(kind, Q(group=instance.pk), reason=Reason.CANCELLED)
