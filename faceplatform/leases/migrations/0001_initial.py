"""Takes over the table of the imports' lease as it is: the release before goes on using it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("imports", "0002_item_consent"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Lease",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("name", models.CharField(max_length=20, unique=True)),
                        ("owner", models.CharField(blank=True, default="", max_length=64)),
                        ("expires_at", models.DateTimeField()),
                    ],
                    options={"db_table": "imports_runnerlease"},
                ),
            ],
        ),
    ]
