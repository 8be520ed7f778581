"""The secrets of endpoints: issued, replaced with an overlap, and opened to sign."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from faceplatform.errors import FaceplatformError
from faceplatform.transactions import retried
from webhooks import signing
from webhooks.models import Endpoint, EndpointSecret

# The newest and those in their overlap. Each costs a signature and 48 bytes in every request.
MOST_IN_USE = 3


class TooManyWebhookSecrets(FaceplatformError):
    code = "too_many_webhook_secrets"
    status = 409
    title = "Too many replaced secrets are still in their overlap; wait, or choose no overlap"


def issue(endpoint: Endpoint) -> str:
    """Store a secret for the endpoint; return its text, which nothing shows again."""
    key = signing.new_key()
    secret = EndpointSecret(endpoint=endpoint)
    secret.seal_columns(key)
    secret.save()
    return signing.secret_text(key)


@retried
@transaction.atomic
def regenerate(endpoint: Endpoint, *, overlap: timedelta) -> str:
    """Replace the endpoint's secret; return the new one's text, which nothing shows again.

    Args:
        overlap: how long deliveries are signed with the replaced secret as well. None that was
            replaced before ends later because of it. Zero ends all others at once.

    Raises:
        TooManyWebhookSecrets: `MOST_IN_USE` are in use already, and the overlap is not zero.
        Endpoint.DoesNotExist: it was deleted in the meantime.
    """
    Endpoint.objects.select_for_update().get(pk=endpoint.pk)
    now = timezone.now()
    in_use = _in_use(now).filter(endpoint=endpoint)
    if overlap and in_use.count() >= MOST_IN_USE:
        raise TooManyWebhookSecrets
    EndpointSecret.objects.filter(endpoint=endpoint, expires_at__lte=now).delete()
    if overlap:
        end = now + overlap
        in_use.filter(Q(expires_at=None) | Q(expires_at__gt=end)).update(expires_at=end)
    else:
        in_use.delete()
    return issue(endpoint)


def keys_in_use(endpoint: Endpoint, now: datetime) -> list[bytes]:
    """Return the keys that sign at that time, newest first.

    Raises:
        faceplatform.crypto.DecryptionFailed
    """
    return keys_by_endpoint([endpoint.pk], now)[endpoint.pk]


def keys_by_endpoint(endpoint_pks: Collection[int], now: datetime) -> dict[int, list[bytes]]:
    """Return `keys_in_use` of each endpoint, by its primary key, in one statement.

    Raises:
        faceplatform.crypto.DecryptionFailed
    """
    keys: dict[int, list[bytes]] = defaultdict(list)
    for secret in _in_use(now).filter(endpoint__in=endpoint_pks).order_by("-pk"):
        keys[secret.endpoint_id].append(secret.unseal_column("key"))
    return keys


def shown(endpoint: Endpoint, now: datetime) -> list[EndpointSecret]:
    """Return the secrets that sign at that time, newest first, for their times alone."""
    every = sorted(endpoint.secrets.all(), key=lambda each: each.pk, reverse=True)
    return [each for each in every if each.expires_at is None or each.expires_at > now]


def _in_use(now: datetime) -> QuerySet[EndpointSecret]:
    return EndpointSecret.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now))
