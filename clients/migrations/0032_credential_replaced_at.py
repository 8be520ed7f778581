from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0031_allowed_origin")]

    operations = [
        migrations.AddField(
            model_name="credential",
            name="replaced_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
