"""The data of enrollments that goes with a user, counted for the receipt."""

from enrollment.models import EnrollmentImage, EnrollmentSession, FaceTemplate
from faceplatform import erasure
from faceplatform.erasure import Owner


def register() -> None:
    """Register the kinds of data."""
    erasure.register("templates", _templates)
    erasure.register("images", _images)
    erasure.register("enrollments", _enrollments)


def _templates(owner: Owner) -> int:
    return FaceTemplate.objects.filter(subject=owner.subject_pk).count()


def _images(owner: Owner) -> int:
    return EnrollmentImage.objects.filter(session__subject=owner.subject_pk).count()


def _enrollments(owner: Owner) -> int:
    return EnrollmentSession.objects.filter(subject=owner.subject_pk).count()
