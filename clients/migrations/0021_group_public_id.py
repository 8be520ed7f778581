from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0020_index_subjects_by_expiry")]

    operations = [
        migrations.AddField(
            model_name="subjectgroup",
            name="public_id",
            field=models.UUIDField(editable=False, null=True),
        ),
    ]
