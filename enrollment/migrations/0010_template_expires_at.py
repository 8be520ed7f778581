from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrollment", "0009_template_expires_at_of_session")]

    operations = [
        migrations.AddField(
            model_name="facetemplate",
            name="expires_at",
            field=models.DateTimeField(null=True),
        ),
    ]
