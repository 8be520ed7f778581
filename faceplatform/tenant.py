"""The client that everything belongs to, as the parts below `clients` see it."""

from typing import Protocol
from uuid import UUID

from faceplatform.conf import CapturePolicy
from faceplatform.limits import Limits


class Tenant(Protocol):
    """A client; `clients.models.Client` is the only implementation."""

    @property
    def pk(self) -> int: ...

    @property
    def public_id(self) -> UUID: ...

    @property
    def is_sandbox(self) -> bool:
        """True for a client whose outcomes are scripted: nothing of it is biometric."""

    @property
    def allowed_origins(self) -> list[str]:
        """The origins whose pages may post frames with a session's token."""

    @property
    def capture_policy(self) -> CapturePolicy:
        """The default capture policy with the client's overrides."""

    @property
    def limits_in_force(self) -> Limits:
        """The limits of the client's tier with the client's overrides."""
