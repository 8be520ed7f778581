"""API keys and secrets. Secrets are stored as hashes only.

A secret has 256 random bits, so a plain SHA-256 protects it as well as a slow hash (no dictionary
contains it). A check takes microseconds; a slow hash would let anybody cost us a tenth of a second.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from clients import quotas
from clients.models import Client, Credential, TokenFamily
from faceplatform import events, suspicion
from faceplatform.api.scopes import ALL_SCOPES, Scope
from faceplatform.errors import CredentialsRefused
from faceplatform.events import CredentialChange
from faceplatform.prepared import Prepared
from faceplatform.sessions.ending import cancel_all
from faceplatform.sessions.reasons import Reason
from faceplatform.suspicion import Hint
from faceplatform.transactions import retried

_NOBODY = hashlib.sha256(b"no such key").hexdigest()
# The condition of `is_usable`, and that the token's family goes on, in the database.
_holders = Prepared(
    lambda clients, credential, family, now: clients.filter(
        Q(credentials__expires_at=None) | Q(credentials__expires_at__gt=now),
        is_active=True,
        credentials__public_id=credential,
        credentials__revoked_at=None,
        credentials__token_families__public_id=family,
        credentials__token_families__ended_at=None,
    ).annotate(scopes=F("credentials__scopes"))
)


class IssuedCredential(NamedTuple):
    """A new credential with its secret, which is shown once and not kept."""

    credential: Credential
    api_secret: str


class Holder(NamedTuple):
    """A client with the credential that it showed.

    Attributes:
        credential: its public id.
    """

    client: Client
    credential: UUID
    scopes: frozenset[Scope]


@retried
@transaction.atomic
def create_client(
    name: str, *, policy: object = None, is_sandbox: bool = False
) -> IssuedCredential:
    """Create a client with its first credential, which has all scopes.

    Args:
        is_sandbox: see `Client`; for good.

    Raises:
        django.core.exceptions.ValidationError: the name is taken, or the policy is invalid.
    """
    client = Client(name=name, policy={} if policy is None else policy, is_sandbox=is_sandbox)
    client.full_clean()
    client.save()
    return issue(client)


@retried
@transaction.atomic
def issue(
    client: Client,
    *,
    name: str = "",
    scopes: Collection[Scope] = ALL_SCOPES,
    expires_at: datetime | None = None,
    change: CredentialChange = CredentialChange.ISSUED,
    by: UUID | None = None,
) -> IssuedCredential:
    """Create an API key and secret for a client; earlier ones stay valid until revoked.

    Args:
        by: public id of the credential that asked for it; None for the operator.

    Raises:
        CredentialLimitReached
    """
    quotas.require_room_for_credential(client)
    # A sandbox's key and secret can be told from those that protect somebody.
    mark = "sandbox_" if client.is_sandbox else ""
    api_secret = f"fps_{mark}{secrets.token_urlsafe(32)}"
    credential = Credential.objects.create(
        client=client,
        api_key=f"fpk_{mark}{secrets.token_urlsafe(18)}",
        secret_digest=_digest(api_secret),
        name=name,
        scopes=sorted(scopes),
        expires_at=expires_at,
    )
    publish_change(credential, change, by=by)
    return IssuedCredential(credential, api_secret)


@retried
@transaction.atomic
def set_scopes(credential: Credential, scopes: Collection[Scope]) -> None:
    """Give a credential other scopes, from its next call on. Sessions that it opened go on."""
    before = {"scopes": credential.scopes}
    credential.scopes = sorted(scopes)
    credential.save(update_fields=["scopes"])
    publish_change(credential, CredentialChange.SCOPES_SET, by=None, before=before)


@retried
@transaction.atomic
def revoke(credential: Credential, *, by: UUID | None = None) -> None:
    """Revoke a credential: end it, its tokens, and the sessions that it opened, at once.

    Frames of these sessions are refused from now on, even those of sessions not ended here.

    Args:
        by: public id of the credential that asked for it; None for the operator.
    """
    in_use = Credential.objects.filter(pk=credential.pk, revoked_at=None)
    is_new = in_use.update(revoked_at=timezone.now())
    credential.refresh_from_db(fields=["revoked_at"])
    if is_new:
        end_revoked(credential, by=by)


@retried
@transaction.atomic
def end_revoked(credential: Credential, *, by: UUID | None = None) -> None:
    """End the sessions of a credential whose row says that it is revoked, and publish it."""
    cancel_all(Q(credential=credential), reason=Reason.CREDENTIAL_REVOKED)
    publish_change(credential, CredentialChange.REVOKED, by=by)


@retried
@transaction.atomic
def end_after_overlap(
    credential: Credential, *, expires_at: datetime, by: UUID | None = None
) -> None:
    """Let a credential that was replaced expire at this time, unless it expires earlier. Its own
    expiry is kept for the case that it is replaced again."""
    if credential.replaced_at is None:
        credential.planned_expires_at = credential.expires_at
        credential.replaced_at = timezone.now()
        credential.save(update_fields=["planned_expires_at", "replaced_at"])
    if credential.expires_at is None or expires_at < credential.expires_at:
        credential.expires_at = expires_at
        credential.save(update_fields=["expires_at"])
        publish_change(credential, CredentialChange.EXPIRY_SET, by=by)


def publish_change(
    credential: Credential,
    change: CredentialChange,
    *,
    by: UUID | None,
    before: Mapping[str, Any] | None = None,
) -> None:
    """Publish a change of a credential, inside the transaction that wrote it.

    Args:
        before: columns that were changed, with their earlier values.
    """
    before = before or {}
    events.publish(
        events.CredentialsChanged(
            client_id=credential.client_id,
            subject_id=None,
            at=timezone.now(),
            credential_id=credential.public_id,
            change=change,
            by=by,
            before=before,
            after={name: getattr(credential, name) for name in before},
        )
    )


def check(*, api_key: str, api_secret: str) -> Credential:
    """Return the credential with this key and secret, without writing anything.

    An unknown key, a wrong secret, a revoked or expired key and an inactive client get the same
    answer, after the same comparison.

    Raises:
        CredentialsRefused
    """
    credential = Credential.objects.select_related("client").filter(api_key=api_key).first()
    expected = credential.secret_digest if credential else _NOBODY
    matches = hmac.compare_digest(_digest(api_secret), expected)
    if credential is None or not matches or not is_usable(credential):
        suspicion.tell(Hint.LOGIN_FAILED, client_pk=credential.client_id if credential else None)
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
    return credential.is_in_use(timezone.now()) and credential.client.is_active


def usable(now: datetime) -> Q:
    """Return the condition of `Credential.is_in_use`."""
    return Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))


def holder_of(*, credential: UUID, family: UUID) -> Holder | None:
    """Return the holder of a token, by the public ids of its credential and its family; None if the
    credential is not usable or the family has ended."""
    rows = _holders(
        Client,
        _prepared(Credential, "public_id", credential),
        _prepared(TokenFamily, "public_id", family),
        _prepared(Credential, "expires_at", timezone.now()),
    )
    for client in rows:
        return Holder(client, credential, scopes_in(client.scopes))  # type: ignore[attr-defined]
    return None


def scopes_in(stored: Collection[str]) -> frozenset[Scope]:
    """Return the scopes in a credential's column. A name that is no scope gives no right."""
    return frozenset(scope for scope in Scope if scope.value in stored)


def _prepared(model: type[Credential | TokenFamily], name: str, value: object) -> object:
    field: Any = model._meta.get_field(name)
    return field.get_db_prep_value(value, connection)


def _digest(api_secret: str) -> str:
    return hashlib.sha256(api_secret.encode()).hexdigest()
