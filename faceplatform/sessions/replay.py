"""Whether a frame was used before, in whatever session of the client.

A fingerprint is split into bands. Two that differ in few bits have several bands in common, so
frames that may be the same picture are found by an index over the bands' keyed numbers; their
fingerprints, which are sealed, then decide.
"""

import hashlib
import hmac
import logging
from datetime import timedelta

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from faceplatform import prepared
from faceplatform.engine.fingerprint import NEAR_DUPLICATE_BITS, fingerprint_distance
from faceplatform.sessions.models import SeenBand, SeenFrame
from faceplatform.transactions import retried

log = logging.getLogger(__name__)
_BANDS = 12
# Each bit that differs spoils one band at most, so this many are left to every near-duplicate.
_IN_COMMON = _BANDS - NEAR_DUPLICATE_BITS
# The band of each of the 256 bits (16 rows of 16). Spread over the picture: a band of neighbours
# would be the same in all pictures before one wall.
_band_of_bit = (5 * np.arange(16)[:, None] + np.arange(16)).ravel() % _BANDS
_BITS_OF_BAND = [np.flatnonzero(_band_of_bit == band) for band in range(_BANDS)]
_FORGOTTEN_AT_ONCE = 500


def is_known(*, client_pk: int, fingerprint: bytes) -> bool:
    """Whether a frame that is remembered for the client is the same picture or a near-duplicate.

    Args:
        fingerprint: 32 bytes, see `engine.fingerprint`.

    Raises:
        faceplatform.crypto.DecryptionFailed: a remembered fingerprint that may be the same does
            not open: nothing is accepted that could not be compared.
    """
    alike = (
        SeenBand.objects.filter(token__in=_tokens(client_pk, fingerprint))
        .order_by()
        .values("frame")
        .annotate(in_common=Count("pk"))
        .filter(in_common__gte=_IN_COMMON)
    )
    keys = list(alike.values_list("frame", flat=True))
    if not keys:
        return False
    frames = SeenFrame.objects.filter(client=client_pk, expires_at__gt=timezone.now())
    return any(
        fingerprint_distance(frame.unseal(), fingerprint) <= NEAR_DUPLICATE_BITS
        for frame in frames.filter(pk__in=keys)
    )


def remember(*, client_pk: int, subject_pk: int | None, fingerprint: bytes, days: int) -> None:
    """Remember a frame for so many days, in the transaction that accepts it.

    Args:
        subject_pk: the user it shows, where that is known.
    """
    frame = SeenFrame(
        client_id=client_pk,
        subject_id=subject_pk,
        expires_at=timezone.now() + timedelta(days=days),
    )
    frame.seal(fingerprint)
    prepared.insert(frame)
    SeenBand.objects.bulk_create(
        SeenBand(frame=frame, token=token) for token in _tokens(client_pk, fingerprint)
    )


def forget_expired(*, limit: int = _FORGOTTEN_AT_ONCE) -> int:
    """Forget frames whose time has passed; returns how many."""
    expired = SeenFrame.objects.filter(expires_at__lte=timezone.now()).order_by("expires_at")
    return _forget(expired, limit)


def forget_surplus(*, client_pk: int, limit: int = _FORGOTTEN_AT_ONCE) -> int:
    """Forget the client's oldest frames beyond REPLAY_FRAMES; returns how many."""
    frames = SeenFrame.objects.filter(client=client_pk)
    newest = frames.order_by("-pk").values_list("pk", flat=True)
    at = settings.FACEPLATFORM_REPLAY_FRAMES
    for first_beyond in newest[at : at + 1]:
        return _forget(frames.filter(pk__lte=first_beyond).order_by("pk"), limit)
    return 0


def forget() -> int:
    """Forget all that has expired or is too much, of every client; returns how many."""
    expired = surplus = 0
    while some := forget_expired():
        expired += some
    for client_pk in SeenFrame.objects.order_by().values_list("client", flat=True).distinct():
        while some := forget_surplus(client_pk=client_pk):
            surplus += some
    if surplus:
        log.warning("%d seen frames forgotten before their time: see REPLAY_FRAMES", surplus)
    return expired + surplus


@retried
@transaction.atomic
def _forget(frames: QuerySet[SeenFrame], limit: int) -> int:
    """Of two that forget at the same time, each takes what the other does not hold."""
    keys = list(frames.select_for_update(skip_locked=True).values_list("pk", flat=True)[:limit])
    SeenFrame.objects.filter(pk__in=keys).delete()
    return len(keys)


def _tokens(client_pk: int, fingerprint: bytes) -> list[int]:
    """The keyed number of each band, 64 bits: those of two clients never meet."""
    key = settings.FACEPLATFORM_REPLAY_KEY.encode()
    bits = np.unpackbits(np.frombuffer(fingerprint, dtype=np.uint8))
    tokens = []
    for band, places in enumerate(_BITS_OF_BAND):
        part = f"{client_pk}:{band}:{np.packbits(bits[places]).tobytes().hex()}"
        digest = hmac.digest(key, part.encode(), hashlib.sha256)
        tokens.append(int.from_bytes(digest[:8], signed=True))
    return tokens
