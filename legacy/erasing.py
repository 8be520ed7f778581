"""The older APIs' data that goes with a user."""

from clients.users import admin_log
from faceplatform import erasure
from faceplatform.erasure import Owner
from legacy.models import GalleryMember, ImportedUser


def register() -> None:
    """Register the kinds of data."""
    erasure.register("gallery_names", _count_names, scrub=_forget_names)
    erasure.register("imported_users", _count_imported)


def _count_names(owner: Owner) -> int:
    return GalleryMember.objects.filter(subject=owner.subject_pk).count()


def _forget_names(owner: Owner) -> None:
    """Remove the names from the log of the admin; the rows go with the user's."""
    members = GalleryMember.objects.filter(subject=owner.subject_pk)
    admin_log.forget_names(GalleryMember, members.values_list("pk", flat=True))


def _count_imported(owner: Owner) -> int:
    return ImportedUser.objects.filter(subject=owner.subject_pk).count()
