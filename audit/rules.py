"""Rules: so many security events of a kind, of one client within an hour, raise an alert. Pure."""

from collections.abc import Mapping

from audit.models import Severity
from faceplatform.errors import ConfigurationError
from faceplatform.suspicion import Hint

SEVERITIES: dict[Hint, Severity] = {
    Hint.LOGIN_FAILED: Severity.LOW,
    Hint.STAFF_LOGIN_FAILED: Severity.MEDIUM,
    Hint.TOKEN_REFUSED: Severity.LOW,
    Hint.UNKNOWN_ID: Severity.LOW,
    Hint.FRAME_REPEATED: Severity.MEDIUM,
    Hint.FRAME_ORDER: Severity.LOW,
    Hint.SPOOF_SUSPECTED: Severity.MEDIUM,
    Hint.USER_DELAYED: Severity.MEDIUM,
    Hint.ADDRESS_DELAYED: Severity.MEDIUM,
    Hint.USER_LOCKED: Severity.HIGH,
    Hint.ADDRESS_LOCKED: Severity.HIGH,
    Hint.REFRESH_TOKEN_REUSED: Severity.HIGH,
}
# Events in an hour; 0 for no alert. The last two are alerts on their own.
DEFAULTS: dict[Hint, int] = {
    Hint.LOGIN_FAILED: 50,
    Hint.STAFF_LOGIN_FAILED: 20,
    Hint.TOKEN_REFUSED: 500,
    Hint.UNKNOWN_ID: 200,
    Hint.FRAME_REPEATED: 20,
    Hint.FRAME_ORDER: 200,
    Hint.SPOOF_SUSPECTED: 20,
    Hint.USER_DELAYED: 50,
    Hint.ADDRESS_DELAYED: 50,
    Hint.USER_LOCKED: 5,
    Hint.ADDRESS_LOCKED: 0,
    Hint.REFRESH_TOKEN_REUSED: 0,
}
_MOST = 1_000_000


def thresholds(given: Mapping[str, str]) -> dict[Hint, int]:
    """Return the number of events that raises an alert, by kind.

    Args:
        given: numbers that replace the defaults.

    Raises:
        faceplatform.errors.ConfigurationError: a number is none, or out of bounds.
    """
    return DEFAULTS | {Hint(kind): _number(kind, text) for kind, text in given.items()}


def _number(kind: str, text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text[:10]) > _MOST:
        raise ConfigurationError(
            f"FACEPLATFORM_SECURITY_ALERTS: {kind} takes a number from 0 to {_MOST}, not {text!r}"
        )
    return int(text)
