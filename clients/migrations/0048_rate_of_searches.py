from typing import Any

from django.db import migrations

_OF_ALL, _OF_SEARCHES = "false_match_rate", "identification_false_match_rate"


def keep(apps: Any, schema_editor: Any) -> None:
    """Let searches keep the rate that a client's policy has: until now there was one for all."""
    for client in apps.get_model("clients", "Client").objects.iterator():
        changed = False
        for policy in (client.policy, client.own_policy):
            if _OF_ALL in policy:
                policy.setdefault(_OF_SEARCHES, policy[_OF_ALL])
                changed = True
        if changed:
            client.save(update_fields=["policy", "own_policy"])


def forget(apps: Any, schema_editor: Any) -> None:
    """Let the rate of verifications be that of searches, too."""
    for client in apps.get_model("clients", "Client").objects.iterator():
        changed = [
            policy.pop(_OF_SEARCHES, None) is not None
            for policy in (client.policy, client.own_policy)
        ]
        if any(changed):
            client.save(update_fields=["policy", "own_policy"])


class Migration(migrations.Migration):
    dependencies = [("clients", "0047_client_deletion_asked")]

    operations = [migrations.RunPython(keep, forget)]
