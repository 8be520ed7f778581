"""Security alerts in the log of the service, so that an operator sees them."""

import logging
from typing import Any

from django.db import transaction

from faceplatform.events import SecurityAlert

log = logging.getLogger(__name__)


def log_alert(event: SecurityAlert, **_: Any) -> None:
    """Log an alert once it is committed: a receiver of `events.published`."""
    transaction.on_commit(
        lambda: log.warning(
            "Security alert %s of client %s: %s", event.alert, event.client_id, dict(event.detail)
        )
    )
