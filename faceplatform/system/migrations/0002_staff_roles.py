"""Make the groups of the staff's roles; `faceplatform.system.roles` gives them their permissions.

A group that has the name of one already keeps its members and permissions under another name:
nobody gets rights by an upgrade. Undone, the groups go, and their accounts keep no right of them.
"""

from typing import Any

from django.db import migrations

NAMES = ("viewer", "operator", "security-officer")


def make(apps: Any, schema_editor: Any) -> None:
    groups = apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias)
    for group in groups.filter(name__in=NAMES):
        group.name = f"{group.name} (before roles)"
        group.save()
    for name in NAMES:
        groups.create(name=name)


def remove(apps: Any, schema_editor: Any) -> None:
    groups = apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias)
    groups.filter(name__in=NAMES).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("system", "0001_end_sign_ins"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    operations = [migrations.RunPython(make, remove)]
