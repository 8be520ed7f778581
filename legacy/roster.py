"""003's list of users: those with a face, and those imported without one."""

from datetime import datetime

from clients.models import Client
from legacy.models import ImportedUser
from legacy.services import registered_since


def registered_users(client: Client) -> list[tuple[str, datetime]]:
    """Return (id, time of registration) of the client's users, by id; imports keep their time."""
    found = {user.user_id: since for user, since in registered_since(client)}
    imported = ImportedUser.objects.filter(subject__client=client)
    found.update(imported.values_list("subject__user_id", "registered_at"))
    return sorted(found.items())
