"""The deletion of a client: asked for at once, done by housekeeping in pieces.

A client may have millions of rows. From the moment of asking its keys are refused and nothing of it
can be changed; the client itself goes last.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from clients import services
from clients.models import Client
from faceplatform.admin_deletion import references
from faceplatform.housekeeping import delete_some
from faceplatform.transactions import retried

# What belongs to a client by its number alone, without a reference, by that number.
_numbered: list[Callable[[int], QuerySet[Any]]] = []

# Tables with a column `client` whose part removes the rows of such a client in a way of its own.
_left_alone: set[type[Model]] = set()


def leave_alone(model: type[Model]) -> None:
    """Leave the rows of a table to the clean-up of its part, up to a last few."""
    _left_alone.add(model)


def also_delete(rows_of: Callable[[int], QuerySet[Any]]) -> None:
    """Delete rows that have a client's number, and no reference, with their client."""
    _numbered.append(rows_of)


@retried
@transaction.atomic
def ask(client: Client) -> None:
    """Deactivate a client for good, and have housekeeping delete it with all it has."""
    services.switch_off(client)
    client.deletion_asked_at = timezone.now()
    client.save(update_fields=["deletion_asked_at"])


def delete_next(*, limit: int) -> int:
    """Delete at most so many rows of clients whose deletion was asked for; return how many."""
    client = Client.objects.filter(deletion_asked_at__isnull=False).order_by("pk").first()
    if client is None:
        return 0
    for rows in _rows_of(client):
        if deleted := _delete(rows, limit):
            return deleted
    for model in _left_alone:
        if model._base_manager.filter(client=client)[: limit + 1].count() > limit:  # noqa: SLF001
            return 0
    return delete_some(Client.objects.filter(pk=client.pk), limit=limit)


def _rows_of(client: Client) -> Iterator[QuerySet[Any]]:
    for rows_of in _numbered:
        yield rows_of(client.pk)
    for field in _in_order(Client):
        if field.model not in _left_alone:
            yield _referring(field, [client.pk])


def _delete(rows: QuerySet[Any], limit: int) -> int:
    """Delete at most so many of these rows, or of those that go with them; return how many.

    Those that go with a row are deleted before it, so that no statement deletes more.
    """
    keys = list(rows.values_list("pk", flat=True)[:limit])
    if not keys:
        return 0
    for field in _in_order(rows.model):
        if deleted := _delete(_referring(field, keys), limit):
            return deleted
    return delete_some(rows.model._base_manager.filter(pk__in=keys), limit=limit)  # noqa: SLF001


def _referring(field: Any, keys: list[Any]) -> QuerySet[Any]:
    rows: QuerySet[Any] = field.model._base_manager.filter(**{f"{field.name}__in": keys})  # noqa: SLF001
    return rows


def _in_order(model: type[Model]) -> list[Any]:
    """Return the references to a table, first those of tables that fewest others refer to: a
    user's sessions are gone before the user, so that none has to be emptied before it is deleted.
    """
    return sorted(references(model), key=lambda field: _mentions(field.model))


def _mentions(model: type[Model]) -> int:
    relations = model._meta.get_fields(include_hidden=True)
    return sum(relation.auto_created and not relation.concrete for relation in relations)
