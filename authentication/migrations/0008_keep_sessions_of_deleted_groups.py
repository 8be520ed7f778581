import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("authentication", "0007_session_stage_milliseconds"),
        ("clients", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="authenticationsession",
            name="group",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="clients.subjectgroup",
            ),
        ),
    ]
