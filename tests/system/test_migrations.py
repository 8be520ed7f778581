"""Every migration of the product can be reversed, and then leads to the same tables again."""

from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

OWN = [
    config.label
    for config in apps.get_app_configs()
    if not config.name.startswith(("django.", "rest_framework", "drf_"))
]


def own_tables() -> set[str]:
    models = [model for label in OWN for model in apps.get_app_config(label).get_models()]
    return {model._meta.db_table for model in models if not model._meta.proxy}


def described() -> dict[str, Any]:
    """Return the columns, constraints and indexes of each of the product's existing tables."""
    found = {}
    with connection.cursor() as cursor:
        for table in own_tables() & set(connection.introspection.table_names(cursor)):
            columns = connection.introspection.get_table_description(cursor, table)
            constraints = connection.introspection.get_constraints(cursor, table)
            found[table] = (
                sorted((column.name, str(column.type_code), column.null_ok) for column in columns),
                sorted(
                    (name, *(str(value) for value in constraint.values()))
                    for name, constraint in constraints.items()
                ),
            )
    return found


@pytest.mark.django_db(transaction=True)
def test_back_to_nothing_and_forth_again():
    # From zero first: reversing a single migration leaves an extra index of a foreign key on MySQL.
    back_and_forth()
    before = described()
    assert before.keys() == own_tables()
    back_and_forth()
    assert described() == before


def back_and_forth() -> None:
    executor = MigrationExecutor(connection)
    has_migrations = executor.loader.migrated_apps
    try:
        executor.migrate([(label, None) for label in OWN if label in has_migrations])
        assert described() == {}
    finally:
        call_command("migrate", verbosity=0)
