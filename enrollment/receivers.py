"""The gallery's record of every deleted template, by API, admin, or with its user."""

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from enrollment import gallery
from enrollment.models import FaceTemplate


@receiver(post_delete, sender=FaceTemplate, dispatch_uid="template_deleted")
def template_deleted(instance: FaceTemplate, **_: Any) -> None:
    gallery.record_change(client_pk=instance.client_id, template_pk=instance.pk)
