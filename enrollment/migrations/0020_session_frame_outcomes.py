from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0019_template_by_model")]

    operations = [
        migrations.AddField(
            model_name="enrollmentsession",
            name="frame_outcomes",
            field=models.TextField(blank=True, default="", editable=False),
        ),
    ]
