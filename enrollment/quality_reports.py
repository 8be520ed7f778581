"""Reports on a client's templates: their quality, and the similarity that is to be expected of
comparisons with them. They hold no vector."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone

from clients.models import Subject
from enrollment.models import FaceTemplate
from faceplatform.engine.registry import get_engine
from faceplatform.matching.genuine import load_genuine_scores
from faceplatform.tenant import Tenant

WEAK_BELOW = 0.6
OLD_AFTER = timedelta(days=730)
NONE = FaceTemplate.objects.none()  # for the schema


def templates(client: Tenant) -> QuerySet[FaceTemplate]:
    """Return the client's templates, with their users."""
    rows = FaceTemplate.objects.filter(client=client.pk)
    return rows.select_related("subject", "enrollment").defer("vector")


def with_model(rows: QuerySet[FaceTemplate]) -> QuerySet[FaceTemplate]:
    """Add the key of each template's recognition model as ``model``: name/version/alignment."""
    slash = Value("/")
    key = Concat("model_name", slash, "model_version", slash, "alignment")
    return rows.annotate(model=key)


def weak(rows: QuerySet[FaceTemplate]) -> QuerySet[FaceTemplate]:
    """Limit templates to those of a low quality."""
    return rows.filter(quality__lt=WEAK_BELOW)


def old(rows: QuerySet[FaceTemplate]) -> QuerySet[FaceTemplate]:
    """Limit templates to those made long ago."""
    return rows.filter(created_at__lt=timezone.now() - OLD_AFTER)


def single_frame(rows: QuerySet[FaceTemplate]) -> QuerySet[FaceTemplate]:
    """Limit templates to those made from one frame."""
    return rows.filter(sample_count=1)


def issues_of(*, quality: float, created_at: datetime, sample_count: int) -> list[str]:
    """Return the reasons to enroll a template's user again: ``weak``, ``old``, ``single_frame``."""
    found = {
        "weak": quality < WEAK_BELOW,
        "old": created_at < timezone.now() - OLD_AFTER,
        "single_frame": sample_count == 1,
    }
    return [issue for issue, is_found in found.items() if is_found]


def model_in_use() -> str:
    """Return the key of the recognition model in use: name/version/alignment."""
    return str(get_engine().model.key)


def expected_below(
    client_pk: int, *, users: QuerySet[Subject] | None = None
) -> Callable[[float], float] | None:
    """Return the share of genuine comparisons that is to be expected below each similarity.

    It is the calibration's, for one frame against templates of as many frames as the client's
    are fused from.

    Args:
        users: whose templates count; default: those of all users.

    Returns:
        None without templates, or if the calibration does not say it.

    Raises:
        faceplatform.errors.ConfigurationError: there is no usable calibration.
    """
    genuine = load_genuine_scores(settings.FACEPLATFORM_CALIBRATION_DIR, get_engine().model)
    rows = FaceTemplate.objects.filter(client=client_pk)
    if users is not None:
        rows = rows.filter(subject__in=users)
    counts = rows.order_by().values_list("sample_count").annotate(templates=Count("pk"))
    templates = dict(counts)
    total = sum(templates.values())
    if genuine is None or not total:
        return None
    return lambda similarity: sum(
        count / total * genuine.below(similarity, template_frames=frames)
        for frames, count in templates.items()
    )
