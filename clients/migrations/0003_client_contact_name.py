from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0002_policies_by_type")]

    operations = [
        migrations.AddField(
            model_name="client",
            name="contact_name",
            field=models.CharField(blank=True, default="", max_length=150),
        ),
    ]
