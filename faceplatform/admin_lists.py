"""Lists of the admin that stay fast over large tables.

Django's own lists count all rows, sort by any column, search by a part of a word, and offer every
row of a related table as a filter: each of these reads the whole table. A list here is read along
an index, newest first. It counts and leads to its first rows only; the search and the filters,
which have an index each, find the others.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

# Rows that the pages of a list lead to.
MOST_ROWS = 10_000
# Rows of a related table that a search goes on with, such as the users of an id, one a client.
_MOST_RELATED = 1_000
_MOST_SUGGESTED = 50
# Behind all text that begins alike: by code point, as both databases compare.
_LAST = "\U0010ffff"


class BoundedPaginator(Paginator):
    """Pages of the first rows. It counts no further.

    Attributes:
        is_cut: there are more rows.
    """

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[: MOST_ROWS + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST_ROWS)

    @property
    def is_cut(self) -> bool:
        return self._counted > MOST_ROWS


class LargeChangeList(ChangeList):
    """A list in the order of its admin: an address that asks for another one is not obeyed."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        # Django's own would add the primary key behind columns that are unique beside the filter:
        # no index goes on with it, so the database would sort.
        return list(self.model_admin.get_ordering(request))


class LargeList(admin.ModelAdmin):
    """An admin whose list reads few rows, however many there are.

    `search_fields` are ``=name`` for an exact match and ``^name`` for a beginning, each with an
    index. They are tried in turn: the first one that finds anything counts.

    Attributes:
        list_prefetch: relations that the list shows. Each is read by one further statement: a join
            could make the database begin with the other table, and sort.
        ordering_within: the order beside an active filter, by its parameter. An index begins with
            the filter's column and goes on with this order.
    """

    ordering: ClassVar[tuple[str, ...]] = ("-pk",)
    sortable_by = ()
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    change_list_template = "faceplatform/admin_list.html"
    list_select_related: ClassVar[tuple[str, ...]] = ()
    list_prefetch: ClassVar[tuple[str, ...]] = ()
    ordering_within: ClassVar[dict[str, tuple[str, ...]]] = {}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related(*self.list_prefetch)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LargeChangeList

    def get_ordering(self, request: HttpRequest) -> Any:
        for parameter, ordering in self.ordering_within.items():
            if request.GET.get(parameter):
                return ordering
        return super().get_ordering(request)

    def response_action(  # type: ignore[override]  # the types are of a later Django
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        """Run an action. One for all rows of a list that is cut is refused: it would reach rows
        beyond the number that its account was shown."""
        if request.POST.get("select_across") == "1" and BoundedPaginator(queryset, 1).is_cut:
            text = f"Nothing was done: an action takes {MOST_ROWS:,} rows at most. Filter first."
            self.message_user(request, text, messages.ERROR)
            return None
        return super().response_action(request, queryset)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Return the rows that the first search field finds; all rows for an empty term."""
        term = search_term.strip()
        if not term:
            return queryset, False
        for field in self.get_search_fields(request):
            found = search(queryset, str(field), term)
            if found.exists():
                return found, False
        return queryset.none(), False


def search(rows: QuerySet[Any], field: str, term: str) -> QuerySet[Any]:
    """Return the rows that match a term, by an index.

    Args:
        field: ``=name``, ``^name`` (ordered by it), or ``=relation__name``, which is looked up in
            the related table first.

    Raises:
        ValueError: the field is none of these.
    """
    way, name = field[0], field[1:]
    relation, _, related_name = name.rpartition("__")
    if way not in "=^" or (way == "^" and relation):
        raise ValueError(f"{field} cannot be searched by an index")
    target = get_fields_from_path(rows.model, name)[-1]
    try:
        target.to_python(term)
    except ValidationError:
        return rows.none()
    if way == "^":
        # LIKE BINARY, Django's way on MySQL, uses no index. Nor would an order by name and key use
        # one: rows of the same name, of several clients, come as the index has them, by key.
        return rows.filter(**{f"{name}__gte": term, f"{name}__lt": term + _LAST}).order_by(name)
    if relation:
        related = target.model._default_manager.filter(**{related_name: term})
        keys = list(related.values_list("pk", flat=True)[:_MOST_RELATED])
        return rows.filter(**{f"{relation}__in": keys})
    return rows.filter(**{name: term})


class RowFilter(admin.SimpleListFilter):
    """A filter by a row of another table, which is typed: there may be thousands to choose from.

    Attributes:
        found_by: unique columns of the related table that find it, in this order.
        entry: the label of the field to type in.
        suggested_by: the column whose first values are suggested; "" for none.
    """

    template = "faceplatform/admin_row_filter.html"
    found_by: ClassVar[tuple[str, ...]]
    entry: ClassVar[str]
    suggested_by: ClassVar[str] = ""
    # Stands for rows that have no related one.
    nothing = "-"

    def __init__(self, request: HttpRequest, params: Any, model: type[Model], owner: Any) -> None:
        super().__init__(request, params, model, owner)
        self._field: Any = model._meta.get_field(str(self.parameter_name))
        self.is_unknown = False

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return []

    def has_output(self) -> bool:
        return True

    @property
    def typed(self) -> str:
        """The value in hand, to show it again."""
        value = self.value() or ""
        return "" if value == self.nothing else value

    def suggestions(self) -> list[str]:
        """Return the values to suggest, a few."""
        if not self.suggested_by:
            return []
        rows = self._field.related_model._default_manager.order_by(self.suggested_by)
        return list(rows.values_list(self.suggested_by, flat=True)[:_MOST_SUGGESTED])

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Return links to all rows and to those without a related one, and what the form that
        takes the other values sends along."""
        name, chosen = str(self.parameter_name), self.value()
        kept = changelist.filter_params.items()
        yield {
            "display": "All",
            "selected": chosen is None,
            "query_string": changelist.get_query_string(remove=[name]),
            "kept": [(key, value) for key, values in kept if key != name for value in values],
        }
        if self._field.null:
            yield {
                "display": "None",
                "selected": chosen == self.nothing,
                "query_string": changelist.get_query_string({name: self.nothing}),
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = (self.value() or "").strip()
        if not value:
            return queryset
        if value == self.nothing and self._field.null:
            return queryset.filter(**{f"{self.parameter_name}__isnull": True})
        related = self._field.related_model._default_manager
        for name in self.found_by:
            found = search(related.all(), f"={name}", value).values_list("pk", flat=True).first()
            if found is not None:
                return queryset.filter(**{str(self.parameter_name): found})
        self.is_unknown = True
        return queryset.none()


class ClientFilter(RowFilter):
    """By a client's name or id."""

    title = "client"
    parameter_name = "client"
    found_by = ("name", "public_id")
    entry = "Name or id"
    suggested_by = "name"


class GroupFilter(RowFilter):
    """By a group's id."""

    title = "group"
    parameter_name = "group"
    found_by = ("public_id",)
    entry = "Id"


class FlagFilter(admin.BooleanFieldListFilter):
    """A filter by a column that is true or false, as ``(column, FlagFilter)``.

    It asks for ``IN (0)``: of Django's own ``NOT column`` SQLite makes a read of the whole table.
    """

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        if self.lookup_val not in ("0", "1"):
            return super().queryset(request, queryset)
        return queryset.filter(**{f"{self.field_path}__in": [self.lookup_val == "1"]})


class ValuesFilter(admin.SimpleListFilter):
    """A filter by the few values that a column has, found by one step along its index for each."""

    most_values = 30

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        name = str(self.parameter_name)
        rows = model_admin.model._default_manager.order_by(name).values_list(name, flat=True)
        found: list[str] = []
        following = rows
        while len(found) < self.most_values and (value := following.first()) is not None:
            found.append(value)
            following = rows.filter(**{f"{name}__gt": value})
        return [(value, value) for value in found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset if value is None else queryset.filter(**{str(self.parameter_name): value})
