"""Reports on the quality of a client's templates. They tell about templates, and hold no vector."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from enrollment.models import FaceTemplate
from faceplatform.tenant import Tenant

WEAK_BELOW = 0.6
OLD_AFTER = timedelta(days=730)
NONE = FaceTemplate.objects.none()  # for the schema


def templates(client: Tenant) -> QuerySet[FaceTemplate]:
    """Return the client's templates, with their users."""
    rows = FaceTemplate.objects.filter(client=client.pk)
    return rows.select_related("subject", "enrollment").defer("vector")


def weak(rows: QuerySet[FaceTemplate]) -> QuerySet[FaceTemplate]:
    """Limit templates to those of a low quality."""
    return rows.filter(quality__lt=WEAK_BELOW)


def old(rows: QuerySet[FaceTemplate]) -> QuerySet[FaceTemplate]:
    """Limit templates to those made long ago."""
    return rows.filter(created_at__lt=timezone.now() - OLD_AFTER)


def single_frame(rows: QuerySet[FaceTemplate]) -> QuerySet[FaceTemplate]:
    """Limit templates to those made from one frame."""
    return rows.filter(sample_count=1)


def issues_of(template: FaceTemplate) -> list[str]:
    """Return the reasons to enroll its user again: ``weak``, ``old``, ``single_frame``."""
    found = {
        "weak": template.quality < WEAK_BELOW,
        "old": template.created_at < timezone.now() - OLD_AFTER,
        "single_frame": template.sample_count == 1,
    }
    return [issue for issue, is_found in found.items() if is_found]
