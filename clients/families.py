"""Families of tokens: opened by an exchange, moved on by each refresh, ended by reuse (RFC 9700,
section 4.14.2).

A refresh token can be used once. The second use shows that two parties have it, and nobody can tell
which one is the thief: the family ends, with every refresh and access token in it. Its honest
holder has the API key and secret, and exchanges them again.
"""

from datetime import timedelta
from enum import Enum, auto
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from rest_framework_simplejwt.settings import api_settings

from clients.credentials import Holder
from clients.models import Credential, TokenFamily
from faceplatform import events
from faceplatform.housekeeping import delete_some
from faceplatform.transactions import retried


class Use(Enum):
    """The outcome of the use of a refresh token."""

    FIRST = auto()
    REPEATED = auto()  # the same call again, within the time of grace
    REFUSED = auto()


def open_family(credential: Credential) -> TokenFamily:
    """Create the family of an exchange."""
    now = timezone.now()
    return TokenFamily.objects.create(
        credential=credential,
        refresh_id=uuid4().hex,
        created_at=now,
        expires_at=now + api_settings.REFRESH_TOKEN_LIFETIME,
    )


@retried
@transaction.atomic
def use(holder: Holder, family_id: UUID, refresh_id: str) -> tuple[Use, TokenFamily | None]:
    """Spend a refresh token of a family; return the outcome and the family as it is now.

    Of simultaneous uses, exactly one is the first. A use of a spent token ends the family, unless
    it is the last one spent and FACEPLATFORM_REFRESH_GRACE_SECONDS are not over.

    Args:
        refresh_id: the token's `jti`.
    """
    family = TokenFamily.objects.select_for_update().filter(public_id=family_id).first()
    if family is None or family.ended_at is not None:
        return Use.REFUSED, None
    if refresh_id == family.refresh_id:
        family.spent_id, family.refresh_id = family.refresh_id, uuid4().hex
        family.rotated_at = timezone.now()
        family.save(update_fields=["spent_id", "refresh_id", "rotated_at"])
        return Use.FIRST, family
    if _is_repeated(family, refresh_id):
        return Use.REPEATED, family
    family.ended_at = timezone.now()
    family.save(update_fields=["ended_at"])
    events.publish(_alert(holder))
    return Use.REFUSED, None


def _is_repeated(family: TokenFamily, refresh_id: str) -> bool:
    grace = timedelta(seconds=settings.FACEPLATFORM_REFRESH_GRACE_SECONDS)
    if family.rotated_at is None or refresh_id != family.spent_id:
        return False
    return timezone.now() < family.rotated_at + grace


def is_usable(family_id: UUID, refresh_id: str) -> bool:
    """Return True if this refresh token of the family is not spent, without spending it."""
    family = TokenFamily.objects.filter(public_id=family_id, ended_at=None).first()
    return family is not None and family.refresh_id == refresh_id


@retried
def end(family_id: UUID) -> None:
    """End a family: none of its tokens is valid any more. No effect if there is none."""
    TokenFamily.objects.filter(public_id=family_id, ended_at=None).update(ended_at=timezone.now())


def _alert(holder: Holder) -> events.SecurityAlert:
    return events.SecurityAlert(
        client_id=holder.client.pk,
        subject_id=None,
        at=timezone.now(),
        alert="refresh_token_reused",
        detail={"credential_id": str(holder.credential)},
    )


def remove_expired(*, limit: int) -> int:
    """Delete families whose last access token has expired, the oldest first; return how many."""
    lifetime = api_settings.ACCESS_TOKEN_LIFETIME + api_settings.LEEWAY
    expired = TokenFamily.objects.filter(expires_at__lt=timezone.now() - lifetime)
    return delete_some(expired.order_by("expires_at"), limit=limit)
