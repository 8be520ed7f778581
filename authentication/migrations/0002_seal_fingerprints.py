from typing import Any

from django.db import migrations

from faceplatform.sessions import sealed_fingerprints


def samples(apps: Any) -> Any:
    return apps.get_model("authentication", "ProbeSample").objects.select_related("session")


def seal(apps: Any, schema_editor: Any) -> None:
    sealed_fingerprints.seal(samples(apps))


def unseal(apps: Any, schema_editor: Any) -> None:
    sealed_fingerprints.unseal(samples(apps))


class Migration(migrations.Migration):
    dependencies = [("authentication", "0001_initial")]

    operations = [migrations.RunPython(seal, unseal)]
