import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0022_number_groups")]

    operations = [
        migrations.AlterField(
            model_name="subjectgroup",
            name="public_id",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
    ]
