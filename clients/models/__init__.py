"""The tables of clients and of all that belongs to a client directly."""

from clients.models.client import Client, validate_policy
from clients.models.credential import Credential
from clients.models.group import SubjectGroup
from clients.models.origin import AllowedOrigin
from clients.models.subject import Subject

__all__ = ["AllowedOrigin", "Client", "Credential", "Subject", "SubjectGroup", "validate_policy"]
