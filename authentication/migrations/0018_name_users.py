import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("authentication", "0017_session_frame_outcomes")]

    operations = [
        migrations.AlterField(
            model_name="authenticationsession",
            name="subject",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="clients.subject",
                verbose_name="user",
            ),
        ),
        migrations.AlterField(
            model_name="authenticationsession",
            name="matched_subject",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="clients.subject",
                verbose_name="recognized user",
            ),
        ),
    ]
