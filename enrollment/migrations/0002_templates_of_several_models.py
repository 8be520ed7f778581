from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def refuse_several(apps: Any, schema_editor: Any) -> None:
    """Backwards an enrollment has one template again; which of several, only the operator knows."""
    templates = apps.get_model("enrollment", "FaceTemplate").objects.order_by()
    counted = templates.values("enrollment").annotate(count=models.Count("pk"))
    if several := counted.filter(count__gt=1).count():
        raise RuntimeError(
            f"{several} enrollments have templates of several recognition models: remove those of "
            "all but one (manage.py retire_model), then migrate back"
        )


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0001_initial"),
        ("enrollment", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="facetemplate",
            name="enrollment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="templates",
                to="enrollment.enrollmentsession",
            ),
        ),
        migrations.AddIndex(
            model_name="facetemplate",
            index=models.Index(
                fields=["client", "model_name", "model_version", "alignment", "subject"],
                name="template_model",
            ),
        ),
        # Last, so that it comes first on the way back, before anything is changed.
        migrations.RunPython(migrations.RunPython.noop, refuse_several),
    ]
