from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0010_template_expires_at")]

    operations = [
        migrations.AddIndex(
            model_name="enrollmentsession",
            index=models.Index(fields=["template_expires_at"], name="enrollment_expiry"),
        ),
    ]
