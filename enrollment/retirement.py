"""Removing the templates of a recognition model that is not in use any more."""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from clients.models import Client
from enrollment import gallery
from enrollment.models import FaceTemplate
from faceplatform import events
from faceplatform.engine.registry import get_engine
from faceplatform.matching.model import SANDBOX_NAME, ModelKey
from faceplatform.transactions import retried

# The number of removals for which a client's gallery is locked.
_BATCH = 50


def models() -> set[ModelKey]:
    """Return the keys of the models that templates were made with, but for the sandbox's."""
    templates = FaceTemplate.objects.exclude(model_name=SANDBOX_NAME)
    rows = templates.order_by().values_list(*gallery.MODEL_FIELDS).distinct()
    return {ModelKey(*row) for row in rows}


def replaced(model_key: ModelKey, client: Client | None) -> QuerySet[FaceTemplate]:
    """Return that model's templates of users who have one of the model in use."""
    return _templates_of(model_key, client).filter(Exists(_in_use()))


def unreplaced(model_key: ModelKey, client: Client | None) -> QuerySet[FaceTemplate]:
    """Return that model's templates of users who have none of the model in use."""
    return _templates_of(model_key, client).filter(~Exists(_in_use()))


def retire(templates: QuerySet[FaceTemplate]) -> Iterator[int]:
    """Remove these templates for good, in batches; yield how many each batch removed.

    Each batch repeats the query under the gallery's lock: rows that changed in the meantime are
    skipped.
    """
    rows = templates.order_by("client", "pk").values_list("client", "pk")
    by_client: dict[int, list[int]] = {}
    for client_pk, pk in rows:
        by_client.setdefault(client_pk, []).append(pk)
    for client_pk, keys in by_client.items():
        for start in range(0, len(keys), _BATCH):
            yield _remove(client_pk, templates.filter(pk__in=keys[start : start + _BATCH]))


@retried
@transaction.atomic
def _remove(client_pk: int, batch: QuerySet[FaceTemplate]) -> int:
    gallery.lock(client_pk)
    removed = list(batch.select_related("enrollment"))
    FaceTemplate.objects.filter(pk__in=[template.pk for template in removed]).delete()
    for template in removed:
        if not gallery.has_template(subject_pk=template.subject_id):
            _publish_removal(template)
    return len(removed)


def _publish_removal(template: FaceTemplate) -> None:
    events.publish(
        events.TemplateRemoved(
            client_id=template.client_id,
            subject_id=template.subject_id,
            at=timezone.now(),
            enrollment_id=str(template.enrollment.public_id),
        )
    )


def _templates_of(model_key: ModelKey, client: Client | None) -> QuerySet[FaceTemplate]:
    templates = gallery.of_key(model_key)
    return templates if client is None else templates.filter(client=client)


def _in_use() -> QuerySet[FaceTemplate]:
    return gallery.of_model(get_engine().model).filter(subject=OuterRef("subject"))
