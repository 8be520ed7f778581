"""The alarm of a broken chain: a critical line in the log, and a security alert.

The line does not depend on the database, whose writer may be the attacker.
"""

import hashlib
import logging
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.models import OPERATOR, RaisedAlert
from audit.verifying import Broken
from faceplatform import events

log = logging.getLogger(__name__)
ALERT = "audit_chain_broken"
# The day on which this process last logged a chain. Bounded by the number of clients.
_logged: dict[str, date] = {}


def raise_alarm(broken: Broken) -> None:
    """Log that a chain is broken, and tell its client: each once a day.

    The operator's chain has no client: it is logged only.
    """
    today = timezone.now().date()
    if _logged.get(broken.chain) != today:
        _logged[broken.chain] = today
        log.critical("The audit log was changed by hand. %s", broken)
    if broken.chain != OPERATOR and _is_first(f"{ALERT} {broken.chain} {today}"):
        events.publish(
            events.SecurityAlert(
                client_id=int(broken.chain.rpartition(":")[2]),
                subject_id=None,
                at=timezone.now(),
                alert=ALERT,
                detail={"place": broken.place, "cause": broken.cause},
            )
        )


def forget() -> None:
    """Forget what this process has logged: for tests."""
    _logged.clear()


def _is_first(alert: str) -> bool:
    key = hashlib.sha256(alert.encode()).hexdigest()
    if RaisedAlert.objects.filter(key=key).exists():
        return False
    try:
        with transaction.atomic():
            RaisedAlert.objects.create(key=key, hour=timezone.now())
    except IntegrityError:  # another process is first
        return False
    return True
