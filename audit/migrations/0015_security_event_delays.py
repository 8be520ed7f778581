from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0014_accuracy_evaluated"),
    ]

    operations = [
        migrations.AlterField(
            model_name="securityevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("login_failed", "login_failed"),
                    ("staff_login_failed", "staff_login_failed"),
                    ("token_refused", "token_refused"),
                    ("unknown_id", "unknown_id"),
                    ("frame_repeated", "frame_repeated"),
                    ("frame_order", "frame_order"),
                    ("spoof_suspected", "spoof_suspected"),
                    ("user_delayed", "user_delayed"),
                    ("address_delayed", "address_delayed"),
                    ("user_locked", "user_locked"),
                    ("address_locked", "address_locked"),
                    ("refresh_token_reused", "refresh_token_reused"),
                ],
                max_length=30,
            ),
        ),
    ]
