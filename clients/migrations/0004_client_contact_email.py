from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0003_client_contact_name")]

    operations = [
        migrations.AddField(
            model_name="client",
            name="contact_email",
            field=models.EmailField(blank=True, default="", max_length=254),
        ),
    ]
