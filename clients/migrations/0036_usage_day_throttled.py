from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0035_credential_scopes_are_edited"),
    ]

    operations = [
        migrations.AddField(
            model_name="usageday",
            name="throttled",
            field=models.PositiveBigIntegerField(default=0),
        ),
    ]
