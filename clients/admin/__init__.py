"""The admin of clients, credentials, users and groups. Secrets are shown once, when made."""

from clients.admin.clients import ClientAdmin
from clients.admin.groups import SubjectGroupAdmin
from clients.admin.records import AddressAttemptsAdmin, ErasureReceiptAdmin
from clients.admin.users import SubjectAdmin

__all__ = [
    "AddressAttemptsAdmin",
    "ClientAdmin",
    "ErasureReceiptAdmin",
    "SubjectAdmin",
    "SubjectGroupAdmin",
]
