"""Give the groups that there are a public id each. Undone, the ids go with their column."""

import uuid
from typing import Any

from django.db import migrations


def number(apps: Any, schema_editor: Any) -> None:
    groups = apps.get_model("clients", "SubjectGroup")
    for group in groups.objects.filter(public_id=None).only("pk").iterator():
        groups.objects.filter(pk=group.pk).update(public_id=uuid.uuid4())


class Migration(migrations.Migration):
    dependencies = [("clients", "0021_group_public_id")]

    operations = [migrations.RunPython(number, migrations.RunPython.noop)]
