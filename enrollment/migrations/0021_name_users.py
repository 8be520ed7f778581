import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0020_session_frame_outcomes")]

    operations = [
        migrations.AlterField(
            model_name="enrollmentsession",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="clients.subject",
                verbose_name="user",
            ),
        ),
        migrations.AlterField(
            model_name="facetemplate",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="templates",
                to="clients.subject",
                verbose_name="user",
            ),
        ),
    ]
