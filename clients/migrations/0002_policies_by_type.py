"""Give the values of stored policies JSON's types: ``"5"`` becomes 5, ``"yes"`` becomes true.

Until now such values were accepted, and read as what they become here. The types are written out: a
migration does not follow later changes of the policy.
"""

from typing import Any

from django.db import migrations

_TRUE = {"1", "true", "t", "yes", "y", "on"}
_BOOLEANS = {"keep_images"}
_WHOLE = {
    "target_samples",
    "min_target_samples",
    "max_target_samples",
    "max_enrollment_frames",
    "probe_frames",
    "max_authentication_frames",
    "max_spoof_frames",
    "live_frames_after_spoof",
    "session_seconds",
    "replay_days",
}
_CHOICES = {"duplicate_face", "liveness", "replayed_frame"}


def by_type(policy: dict[str, Any]) -> dict[str, Any]:
    """Return the overrides with typed values."""
    return {key: _typed(key, value) for key, value in policy.items()}


def _typed(key: str, value: Any) -> Any:
    if key == "quality":
        return {name: float(least) for name, least in value.items()}
    if key in _BOOLEANS:
        return str(value).lower() in _TRUE or value == 1
    if key in _WHOLE:
        return int(float(value))
    return value if key in _CHOICES else float(value)


def convert(apps: Any, schema_editor: Any) -> None:
    clients = apps.get_model("clients", "Client")
    for client in clients.objects.exclude(policy={}):
        typed = by_type(client.policy)
        if repr(typed) != repr(client.policy):  # 1 == True == 1.0
            client.policy = typed
            client.save(update_fields=["policy"])


class Migration(migrations.Migration):
    dependencies = [("clients", "0001_initial")]

    operations = [migrations.RunPython(convert, migrations.RunPython.noop)]
