"""The tables of clients and of all that belongs to a client directly."""

from clients.models.client import Client, validate_policy
from clients.models.credential import Credential
from clients.models.group import SubjectGroup
from clients.models.lockout import AddressAttempts, UserAttempts
from clients.models.origin import AllowedOrigin
from clients.models.receipt import ErasedThing, ErasureReceipt, ErasureTrigger
from clients.models.subject import Subject
from clients.models.token_family import TokenFamily
from clients.models.usage import UsageDay, UserTally

__all__ = [
    "AddressAttempts",
    "AllowedOrigin",
    "Client",
    "Credential",
    "ErasedThing",
    "ErasureReceipt",
    "ErasureTrigger",
    "Subject",
    "SubjectGroup",
    "TokenFamily",
    "UsageDay",
    "UserAttempts",
    "UserTally",
    "validate_policy",
]
