"""End all sign-ins to the admin, once.

Until now a sign-in lasted two weeks, and the embedded default's database could be read by every
user of the machine. A session copied from it must not stay valid.
"""

from typing import Any

from django.db import migrations


def end_all(apps: Any, schema_editor: Any) -> None:
    sessions = apps.get_model("sessions", "Session").objects
    sessions.using(schema_editor.connection.alias).all().delete()


class Migration(migrations.Migration):
    dependencies = [("sessions", "0001_initial")]
    operations = [migrations.RunPython(end_all, migrations.RunPython.noop)]
