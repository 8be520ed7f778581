from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analytics", "0004_user_day_sessions")]

    operations = [
        migrations.AddField("userday", "failures", models.PositiveBigIntegerField(default=0))
    ]
