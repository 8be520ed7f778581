"""The page that asks before the admin deletes: it says how much goes with a row, and lists none of
it. Django's own page reads and lists every row, of a client a million."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.contrib import admin
from django.db.models import CASCADE, Model
from django.http import HttpRequest

MOST_COUNTED = 1_000
_MOST_NAMED = 100


class BoundedDeletion(admin.ModelAdmin):
    """An admin whose rows are deleted with others, which are counted up to a limit."""

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[Any, Any, set[str], list[Any]]:
        """Return the rows' names, the numbers of rows that refer to them by the name of their
        table, and the names of tables whose rows the account may not delete."""
        rows = list(objs[: MOST_COUNTED + 1])
        counts = {_name(self.model): counted(len(rows))}
        for field in references(self.model):
            count = _count(field, rows)
            if count:
                counts[_name(field.model)] = counted(count)
        registered = self.admin_site._registry  # noqa: SLF001  (no public name)
        lacking = {
            str(model._meta.verbose_name)
            for model in {self.model, *_dependents(self.model)} & registered.keys()
            if not registered[model].has_delete_permission(request)
        }
        return [str(row) for row in islice(rows, _MOST_NAMED)], counts, lacking, []


def references(model: type[Model]) -> Iterator[Any]:
    """Yield the columns of other tables whose rows are deleted with a row of this one."""
    for relation in model._meta.get_fields(include_hidden=True):
        is_reference = relation.auto_created and (relation.one_to_many or relation.one_to_one)
        if is_reference and getattr(relation, "on_delete", None) is CASCADE:
            yield relation.field  # type: ignore[union-attr]


def _dependents(model: type[Model]) -> set[type[Model]]:
    """Return all tables that may lose rows with a row of this one, at any distance."""
    found: set[type[Model]] = set()
    ahead = [model]
    while ahead:
        new = {field.model for field in references(ahead.pop())} - found
        found |= new
        ahead.extend(new)
    return found


def _count(field: Any, rows: Iterable[Model]) -> int:
    of_rows = field.model._base_manager.filter(**{f"{field.name}__in": rows})  # noqa: SLF001
    return int(of_rows.values("pk")[: MOST_COUNTED + 1].count())


def counted(count: int) -> str:
    """Return the words for a number of rows that was counted up to the limit and one further."""
    return f"more than {MOST_COUNTED:,}" if count > MOST_COUNTED else str(count)


def _name(model: type[Model]) -> str:
    return str(model._meta.verbose_name_plural)
