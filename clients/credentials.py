"""API keys and secrets. Secrets are stored as hashes only.

A secret has 256 random bits, so a plain SHA-256 protects it as well as a slow hash (no dictionary
contains it). A check takes microseconds; a slow hash would let anybody cost us a tenth of a second.
"""

import hashlib
import hmac
import secrets
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from clients import quotas
from clients.models import Client, Credential
from faceplatform.errors import CredentialsRefused
from faceplatform.prepared import Prepared
from faceplatform.sessions.ending import cancel_all
from faceplatform.sessions.reasons import Reason
from faceplatform.transactions import retried

_NOBODY = hashlib.sha256(b"no such key").hexdigest()
# The condition of `is_usable`, in the database.
_holders = Prepared(
    lambda clients, public_id: clients.filter(
        is_active=True, credentials__public_id=public_id, credentials__revoked_at=None
    )
)


class IssuedCredential(NamedTuple):
    """A new credential with its secret, which is shown once and not kept."""

    credential: Credential
    api_secret: str


@retried
@transaction.atomic
def create_client(name: str, *, policy: object = None) -> IssuedCredential:
    """Create a client with its first credential.

    Raises:
        django.core.exceptions.ValidationError: the name is taken, or the policy is invalid.
    """
    client = Client(name=name, policy={} if policy is None else policy)
    client.full_clean()
    client.save()
    return issue(client)


@retried
@transaction.atomic
def issue(client: Client) -> IssuedCredential:
    """Create an API key and secret for a client; earlier ones stay valid until revoked.

    Raises:
        CredentialLimitReached
    """
    quotas.require_room_for_credential(client)
    api_secret = f"fps_{secrets.token_urlsafe(32)}"
    credential = Credential.objects.create(
        client=client,
        api_key=f"fpk_{secrets.token_urlsafe(18)}",
        secret_digest=_digest(api_secret),
    )
    return IssuedCredential(credential, api_secret)


@retried
@transaction.atomic
def revoke(credential: Credential) -> None:
    """Revoke a credential: end it, its tokens, and the sessions that it opened, at once.

    Frames of these sessions are refused from now on, even those of sessions not ended here.
    """
    Credential.objects.filter(pk=credential.pk, revoked_at=None).update(revoked_at=timezone.now())
    credential.refresh_from_db(fields=["revoked_at"])
    cancel_all(Q(credential=credential), reason=Reason.CREDENTIAL_REVOKED)


def check(*, api_key: str, api_secret: str) -> Credential:
    """Return the credential with this key and secret, without writing anything.

    An unknown key, a wrong secret, a revoked key and an inactive client get the same answer, after
    the same comparison.

    Raises:
        CredentialsRefused
    """
    credential = Credential.objects.select_related("client").filter(api_key=api_key).first()
    expected = credential.secret_digest if credential else _NOBODY
    matches = hmac.compare_digest(_digest(api_secret), expected)
    if credential is None or not matches or not is_usable(credential):
        raise CredentialsRefused("The API key or secret is not valid")
    return credential


@retried
def note_use(credential: Credential) -> None:
    """Record the use of a credential.

    Raises:
        CredentialsRefused: it was deleted after its check.
    """
    if not Credential.objects.filter(pk=credential.pk).update(last_used_at=timezone.now()):
        raise CredentialsRefused("The API key or secret is not valid")


def is_usable(credential: Credential) -> bool:
    return credential.revoked_at is None and credential.client.is_active


def client_of_credential(public_id: UUID) -> Client | None:
    """Return the client of a credential, or None if the credential is not usable."""
    key = Credential._meta.get_field("public_id").get_db_prep_value(public_id, connection)
    return next(iter(_holders(Client, key)), None)


def _digest(api_secret: str) -> str:
    return hashlib.sha256(api_secret.encode()).hexdigest()
