"""Names of erased people in the log of the admin."""

from collections.abc import Iterable

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model


def forget_names(model: type[Model], keys: Iterable[int]) -> None:
    """Remove the names of these rows from the log. Its entries stay: account, action and time."""
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(model), object_id__in=[str(k) for k in keys]
    )
    entries.update(object_repr="erased", change_message="")
