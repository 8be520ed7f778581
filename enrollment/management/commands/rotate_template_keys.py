"""manage.py rotate_template_keys: seal all biometric data with the current key."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import models, transaction
from tqdm import tqdm

from faceplatform import crypto
from faceplatform.sessions.sealed import SealedRow
from faceplatform.transactions import retried

_BATCH = 200


class Command(BaseCommand):
    help = (
        "Seal every template, kept image, seen frame, image of an import, sample of an open "
        "session, and key of a second factor or webhook with the first key of "
        "FACEPLATFORM_TEMPLATE_KEYS. Safe to stop and to run again; the service may run."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        current = crypto.current_key_id()
        for model in _sealed_models():
            # Listed first, so that the progress bar knows the total.
            left = model._default_manager.exclude(key_id=current)
            keys = list(left.values_list("pk", flat=True))
            name = str(model._meta.verbose_name_plural)
            for start in tqdm(range(0, len(keys), _BATCH), desc=name):
                self._rotate(model, keys[start : start + _BATCH])
            self.stdout.write(f"{name}: {len(keys)} sealed again")

    @retried
    @transaction.atomic
    def _rotate(self, model: Any, keys: list[int]) -> None:
        for row in model._default_manager.select_for_update().filter(pk__in=keys):
            row.save(update_fields=row.reseal())


def _sealed_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if issubclass(model, SealedRow)]
