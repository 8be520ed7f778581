"""Users of CSV files, who have no images."""

from typing import Any

from clients import services as users
from clients.models import Client
from imports.enrolling import Outcome
from imports.models import Result

USER_EXISTS = "user_exists"


def create_user(
    client: Client, user_id: str, *, display_name: str, metadata: dict[str, Any]
) -> Outcome:
    """Create a user, within a transaction. A user who exists is left as is.

    Raises:
        FaceplatformError: the user cannot be created.
    """
    if users.subjects(client).filter(user_id=user_id).exists():
        return Outcome(Result.SKIPPED, USER_EXISTS)
    users.create_subject(client, user_id, display_name=display_name, metadata=metadata)
    return Outcome(Result.CREATED, Result.CREATED)
