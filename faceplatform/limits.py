"""The limits of a client, as one frozen object: those of its tier, with the client's overrides.

Both are validated here, and an unknown key is an error. Staff alone sets them: the tiers by
FACEPLATFORM_TIERS, a client's tier and overrides in the admin or by `manage.py set_limits`.
"""

import json
import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from faceplatform.errors import ConfigurationError

DEFAULT_TIER = "standard"
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}

PerMinute = Annotated[int, Field(ge=1, le=10_000_000)]


class Limits(BaseModel):
    """The amounts that a client may use.

    A credential without limits of its own may use all that its client may.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    calls_per_minute: PerMinute = Field(description="Calls that post no image.")
    frames_per_minute: PerMinute = Field(description="Calls that post an image.")
    credential_calls_per_minute: PerMinute | None = Field(
        None, description="The same for each credential; null for no limit but the client's."
    )
    credential_frames_per_minute: PerMinute | None = None
    users: int = Field(ge=0, le=100_000_000)
    credentials: int = Field(ge=1, le=1_000, description="Credentials that are not revoked.")
    groups: int = Field(ge=0, le=1_000_000)
    webhook_endpoints: int = Field(ge=0, le=1_000)
    identification_lockout: Literal["all", "browsers", "off"] = Field(
        "all",
        description="Addresses whose failed identifications lead to a delay: all, those of "
        "session tokens' holders alone, or none.",
    )


# A new client's tier refuses nothing that was allowed before there were tiers: 1,200 calls a
# minute, and as many users as one server searches in a tenth of a second.
_TIERS: dict[str, dict[str, int]] = {
    "trial": {
        "calls_per_minute": 300,
        "frames_per_minute": 300,
        "users": 1_000,
        "credentials": 5,
        "groups": 20,
        "webhook_endpoints": 3,
    },
    DEFAULT_TIER: {
        "calls_per_minute": 1_200,
        "frames_per_minute": 1_200,
        "users": 1_000_000,
        "credentials": 100,
        "groups": 10_000,
        "webhook_endpoints": 10,
    },
    "large": {
        "calls_per_minute": 12_000,
        "frames_per_minute": 12_000,
        "users": 10_000_000,
        "credentials": 1_000,
        "groups": 100_000,
        "webhook_endpoints": 50,
    },
}


def tiers(overrides: str, *, caller_rate: str = "") -> dict[str, Limits]:
    """Return the limits of each tier.

    Args:
        overrides: JSON: ``{"tier": {"limit": value}}``.
        caller_rate: calls and frames of the default tier, such as ``1200/min``; empty for those
            above.

    Raises:
        ConfigurationError: a tier or limit is unknown, or a value is out of bounds.
    """
    try:
        given = json.loads(overrides)
    except ValueError as e:
        raise ConfigurationError("FACEPLATFORM_TIERS is not JSON") from e
    if not isinstance(given, dict) or not all(isinstance(v, dict) for v in given.values()):
        raise ConfigurationError("FACEPLATFORM_TIERS must be an object of objects, by tier")
    if unknown := sorted(given.keys() - _TIERS.keys()):
        raise ConfigurationError(f"FACEPLATFORM_TIERS: there is no tier {', '.join(unknown)}")
    defaults = {name: {**limits} for name, limits in _TIERS.items()}
    if caller_rate:
        rate = _per_minute(caller_rate)
        defaults[DEFAULT_TIER] |= {"calls_per_minute": rate, "frames_per_minute": rate}
    return {
        name: _validated({**limits, **given.get(name, {})}, f"FACEPLATFORM_TIERS: {name}.")
        for name, limits in defaults.items()
    }


def with_overrides(tier: Limits, overrides: Mapping[str, Any]) -> Limits:
    """Return the tier's limits with a client's own.

    Raises:
        ConfigurationError: a limit is unknown, or a value is out of bounds.
    """
    return _validated({**tier.model_dump(), **overrides}) if overrides else tier


def _validated(values: Mapping[str, Any], where: str = "") -> Limits:
    try:
        return Limits.model_validate(values)
    except ValidationError as e:
        faults = [
            f"{where}{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
            for fault in e.errors(include_url=False, include_input=False)
        ]
        raise ConfigurationError("; ".join(faults)) from e


def _per_minute(rate: str) -> int:
    """Return a rate as REST framework writes it, such as ``20/s``, in calls a minute."""
    number, _, period = rate.partition("/")
    return math.ceil(int(number) * 60 / _SECONDS[period[0]])
