from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analytics", "0003_index_summaries_by_day")]

    operations = [
        migrations.AddField("userday", "sessions", models.PositiveBigIntegerField(default=0))
    ]
