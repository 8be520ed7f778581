"""Users of CSV files, who have no images."""

from datetime import datetime
from typing import Any

from clients.models import Client
from clients.services import subjects
from clients.users.services import UserExists, create
from imports.enrolling import Outcome
from imports.models import Result


def create_user(
    client: Client,
    user_id: str,
    *,
    display_name: str,
    metadata: dict[str, Any],
    consent: dict[str, str],
) -> Outcome:
    """Create a user, within a transaction. A user who exists is left as is.

    Args:
        consent: as `imports.planning.PlannedUser` has it.

    Raises:
        FaceplatformError: the user cannot be created.
    """
    if subjects(client).filter(user_id=user_id).exists():
        return Outcome(Result.SKIPPED, UserExists.code)
    recorded: dict[str, Any] = {"display_name": display_name, "metadata": metadata}
    if consent:
        given_at = datetime.fromisoformat(consent["given_at"])
        recorded["consent"] = {**consent, "given_at": given_at}
    try:
        create(client, user_id, recorded)
    except UserExists:  # since just now
        return Outcome(Result.SKIPPED, UserExists.code)
    return Outcome(Result.CREATED, Result.CREATED)
