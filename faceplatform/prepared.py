"""Statements whose SQL is written once.

Django writes a statement's SQL anew for each call. For a row that is read by its key, that takes
ten times as long as the database takes to answer, and a frame reads four times and writes twice.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import DatabaseError, connection
from django.db.models import Field, Model, Q, QuerySet, Value, sql
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row", bound=Model)


class Prepared:
    """A query that differs from call to call in the model and the values it asks for::

        _by_name = Prepared(lambda rows, name: rows.filter(name=name))
        clients = _by_name(Client, "acme")

    Whole rows of one table: no `select_related`, `only` or `annotate`. Values go to the database
    as they are: a key for a related row, what `get_db_prep_value` makes of a UUID.
    """

    def __init__(self, ask: Callable[..., QuerySet[Any]]) -> None:
        self._ask = ask
        self._selects: dict[type[Model], _Select[Any]] = {}

    def __call__(self, model: type[Row], *values: object) -> list[Row]:
        """The rows.

        Raises:
            django.db.DatabaseError
            django.db.transaction.TransactionManagementError: rows are to be locked, and no
                transaction is open that would hold the lock.
        """
        select = self._selects.get(model)
        if select is None:
            select = self._selects[model] = _Select(model, self._ask, len(values))
        return select.rows(values)


class _Select(Generic[Row]):
    def __init__(self, model: type[Row], ask: Callable[..., QuerySet[Row]], count: int) -> None:
        # Objects that no field changes, so that they are found again among the parameters.
        marks = [object() for _ in range(count)]
        queryset = ask(model._default_manager.all(), *(Value(mark) for mark in marks))
        compiler = queryset.query.get_compiler(connection=connection)
        self._sql, self._parameters = compiler.as_sql()
        self._places = [
            (place, marks.index(parameter))
            for place, parameter in enumerate(self._parameters)
            if parameter in marks
        ]
        self._converters = compiler.get_converters([column for column, _, _ in compiler.select])
        self._convert = compiler.apply_converters
        self._locks = queryset.query.select_for_update
        self._model = model
        self._names = [field.attname for field in model._meta.concrete_fields]

    def rows(self, values: tuple[object, ...]) -> list[Row]:
        # Django checks this when it compiles a query, and on SQLite not at all.
        if self._locks and not connection.in_atomic_block:
            raise TransactionManagementError("select_for_update needs an open transaction")
        parameters: list[Any] = list(self._parameters)
        for place, value in self._places:
            parameters[place] = values[value]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, parameters)
            found = cursor.fetchall()
        if self._converters:
            found = self._convert(found, self._converters)
        return [self._model.from_db(connection.alias, self._names, row) for row in found]


def insert(row: Model) -> None:
    """What `row.save(force_insert=True)` does for a row without a key, but for Django's signals.

    Raises:
        django.db.DatabaseError
    """
    fields = _all_but_key(type(row))
    with connection.cursor() as cursor:
        cursor.execute(_insert_of(type(row)), _prepared(row, fields, adding=True))
        table, key = row._meta.db_table, row._meta.pk.column
        row.pk = connection.ops.last_insert_id(cursor, table, str(key))
    state = row._state  # noqa: SLF001  (Django's own: where a row is, and whether it is there)
    state.adding, state.db = False, connection.alias


def update(row: Model, *names: str) -> None:
    """What `row.save(update_fields=names)` does, but for Django's signals.

    Raises:
        django.db.DatabaseError: among others, when there is no such row any more.
    """
    statement, fields = _update_of(type(row), names)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*_prepared(row, fields, adding=False), row.pk])
        if cursor.rowcount == 0:
            raise DatabaseError("Save with update_fields did not affect any rows.")


@cache
def _all_but_key(model: type[Model]) -> tuple[Field, ...]:
    return tuple(field for field in model._meta.concrete_fields if not field.primary_key)


@cache
def _insert_of(model: type[Model]) -> str:
    query = sql.InsertQuery(model)
    query.insert_values(_all_but_key(model), [model()])
    ((statement, _),) = query.get_compiler(connection=connection).as_sql()
    return str(statement)


@cache
def _update_of(model: type[Model], names: tuple[str, ...]) -> tuple[str, tuple[Field, ...]]:
    known = {field.name: field for field in model._meta.concrete_fields}
    fields = tuple(known[name] for name in names)
    query = sql.UpdateQuery(model)
    query.add_update_values({name: Value(object()) for name in names})
    query.add_q(Q(pk=Value(object())))
    statement, _ = query.get_compiler(connection=connection).as_sql()
    return str(statement), fields


def _prepared(row: Model, fields: Sequence[Field], *, adding: bool) -> list[Any]:
    return [f.get_db_prep_save(f.pre_save(row, adding), connection) for f in fields]
