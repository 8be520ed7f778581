"""The faults of a call, before a dialect puts them into its own words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from faceplatform.api import problems
from faceplatform.api.scopes import ScopeMissing
from faceplatform.errors import CredentialsRefused, FaceplatformError

# Statuses of a request with wrong input, however it was sent.
_OF_THE_INPUT = {400, 413, 415}


class Wrong(StrEnum):
    MISSING = "missing"
    EMPTY = "empty"
    INVALID = "invalid"


class FieldFault(FaceplatformError):
    """A field that is missing, empty or not valid; the code names both."""

    status = 400
    title = "A field of the request cannot be used"

    def __init__(self, name: str, wrong: Wrong) -> None:
        self.wrong = wrong
        # The code depends on the field: an instance has its own.
        self.code = f"{wrong}_{name}"  # type: ignore[misc]
        super().__init__(f"{name} is {wrong}")


@dataclass(frozen=True, slots=True)
class Fault:
    """Any failure.

    Attributes:
        code: the stable code, as the main API would give it.
        detail: one sentence for a person.
        status: the main API's status for it.
        is_outcome: it is about what was sent or found, and a dialect answers as its document
            says. If not, it is about the call itself (credentials, method, limits, the server).
        headers: such as Retry-After and WWW-Authenticate.
    """

    code: str
    detail: str
    status: int
    is_outcome: bool
    headers: Mapping[str, str] = field(default_factory=dict)


def fault_of(exc: Exception) -> Fault:
    """Describe an exception of a call as a fault."""
    document, headers = problems.describe(exc)
    status: int = document["status"]
    of_ours = isinstance(exc, FaceplatformError) and not isinstance(
        exc, CredentialsRefused | ScopeMissing
    )
    return Fault(
        code=document["code"],
        detail=document["detail"],
        status=status,
        is_outcome=status in _OF_THE_INPUT or (of_ours and status < 500),
        headers=headers,
    )
