"""Statements whose SQL is compiled once.

Django compiles the SQL of a statement for each call. For a row that is read by its key, this takes
ten times as long as the database's answer, and a frame needs four reads and two writes.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import DatabaseError, connection
from django.db.models import Field, Model, Q, QuerySet, Value, sql
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row", bound=Model)


class Prepared:
    """A query whose calls differ only in the model and the values.

    It returns whole rows of one table: no `select_related` or `only`. Annotations become attributes
    of the rows. Values go to the database unchanged: pass the key of a related row, and a UUID or a
    time after `get_db_prep_value`::

        _by_name = Prepared(lambda rows, name: rows.filter(name=name))
        clients = _by_name(Client, "acme")
    """

    def __init__(self, ask: Callable[..., QuerySet[Any]]) -> None:
        self._ask = ask
        self._selects: dict[type[Model], _Select[Any]] = {}

    def __call__(self, model: type[Row], *values: object) -> list[Row]:
        """Return the rows.

        Raises:
            django.db.DatabaseError
            django.db.transaction.TransactionManagementError: the query locks rows, and no
                transaction is open to hold the lock.
        """
        select = self._selects.get(model)
        if select is None:
            select = self._selects[model] = _Select(model, self._ask, len(values))
        return select.rows(values)


class _Select(Generic[Row]):
    def __init__(self, model: type[Row], ask: Callable[..., QuerySet[Row]], count: int) -> None:
        # Opaque objects, which no field converts, so that they can be found in the parameters.
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
        self._annotations = list(queryset.query.annotation_select)

    def rows(self, values: tuple[object, ...]) -> list[Row]:
        # Django checks this only when it compiles a query, and not at all on SQLite.
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
        return [self._row(values) for values in found]

    def _row(self, values: Sequence[Any]) -> Row:
        """Return the row of these columns: the model's own, and after them the annotations."""
        own = len(self._names)
        row = self._model.from_db(connection.alias, self._names, values[:own])
        for name, value in zip(self._annotations, values[own:], strict=True):
            setattr(row, name, value)
        return row


def insert(row: Model) -> None:
    """Insert a row without a key, as `row.save(force_insert=True)` does, but send no signals.

    Raises:
        django.db.DatabaseError
    """
    fields = _all_but_key(type(row))
    with connection.cursor() as cursor:
        cursor.execute(_insert_of(type(row)), _prepared(row, fields, adding=True))
        table, key = row._meta.db_table, row._meta.pk.column
        row.pk = connection.ops.last_insert_id(cursor, table, str(key))
    state = row._state  # noqa: SLF001  (Django's record of the row's database, and of its existence)
    state.adding, state.db = False, connection.alias


def insert_all(rows: Sequence[Model]) -> None:
    """Insert rows of one model with one statement, as `insert` does. Their keys stay unknown.

    Raises:
        django.db.DatabaseError
    """
    model = type(rows[0])
    fields = _all_but_key(model)
    values = [value for row in rows for value in _prepared(row, fields, adding=True)]
    with connection.cursor() as cursor:
        cursor.execute(_insert_of(model, len(rows)), values)


def update(row: Model, *names: str) -> None:
    """Update a row, as `row.save(update_fields=names)` does, but send no signals.

    Raises:
        django.db.DatabaseError: also if the row no longer exists.
    """
    statement, fields = _update_of(type(row), names)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*_prepared(row, fields, adding=False), row.pk])
        if cursor.rowcount == 0:
            raise DatabaseError("Save with update_fields did not affect any rows.")


def update_all(rows: Sequence[Model], *names: str) -> None:
    """Update rows of one model, each with its own values, as `update` does.

    Raises:
        django.db.DatabaseError: also if one of the rows no longer exists.
    """
    statement, fields = _update_of(type(rows[0]), names)
    values = [[*_prepared(row, fields, adding=False), row.pk] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)
        if cursor.rowcount != len(rows):
            raise DatabaseError("Some of the rows to update no longer exist.")


@cache
def _all_but_key(model: type[Model]) -> tuple[Field, ...]:
    return tuple(field for field in model._meta.concrete_fields if not field.primary_key)


@cache
def _insert_of(model: type[Model], rows: int = 1) -> str:
    query = sql.InsertQuery(model)
    query.insert_values(_all_but_key(model), [model() for _ in range(rows)])
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
