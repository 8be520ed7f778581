"""Recognition of a frame that any session of the client used before.

A fingerprint is split into bands. Two that differ in few bits have several bands in common, so
frames that may be the same image are found by an index over the bands' keyed numbers; their
fingerprints, which are sealed, then decide.
"""

import hashlib
import hmac
import logging
from datetime import timedelta

import numpy as np
from django.conf import settings
from django.db.models import Count
from django.utils import timezone

from faceplatform import prepared
from faceplatform.engine.decoding.fingerprint import fingerprint_distance
from faceplatform.housekeeping import delete_some
from faceplatform.sessions.models import SeenBand, SeenFrame

log = logging.getLogger(__name__)
# Two fingerprints that differ in at most this many of 256 bits are of one image. More than within
# a session, where frames come a fraction of a second after each other (those of a film a second
# apart differ in 23 bits and more: `engine.decoding.fingerprint`). Measured on 11 portraits and 300
# photographs of LFW, which have 250 x 250 pixels, saved again: percent within 8 and within 16 bits.
#   JPEG quality 85: 100, 100; 60: 94, 100; 40: 86, 96; WebP 80: 86, 99; enlarged by half: 92, 100;
#   reduced to half: 53, 95 (the portraits: 100, 100); cropped by 1 % a side: 11, 74; 2 %: 0, 1.
# Any two of these differ in 62 bits and more.
_SAME_IMAGE_BITS = 16

_BANDS = 16
# Bands that two frames must have in common to be compared. Each bit that differs spoils one band at
# most, so no frame within 13 bits is missed; of those that differ in 16, one in fifty is.
_IN_COMMON = 3
# The number of frames compared, those with most bands in common first. A booth where everybody sits
# in front of one wall has more; those left out have less in common than an image saved again.
_COMPARED = 200
_CERTAINLY_COMPARED = 8
# The band of each of the 256 bits (16 rows of 16): one of each row, spread over the image. A band
# of neighbors would be the same in all images taken in front of one wall.
_band_of_bit = (5 * np.arange(16)[:, None] + np.arange(16)).ravel() % _BANDS
_bits_of_band = [np.flatnonzero(_band_of_bit == band) for band in range(_BANDS)]
_FORGOTTEN_AT_ONCE = 500


def is_known(*, client_pk: int, fingerprint: bytes) -> bool:
    """Return True if the client remembers a frame of the same image.

    Frames that are too much alike to be told apart in bounded time count as the same image.

    Args:
        fingerprint: 32 bytes, see `engine.decoding.fingerprint`.

    Raises:
        faceplatform.crypto.DecryptionFailed: a remembered fingerprint that may be the same
            cannot be unsealed: no frame is accepted without the comparison.
    """
    alike = (
        SeenBand.objects.filter(token__in=_tokens(client_pk, fingerprint))
        .values("frame")
        .annotate(in_common=Count("pk"))
        .filter(in_common__gte=_IN_COMMON)
        .order_by("-in_common")
        .values_list("frame", "in_common")
    )
    found = list(alike[:_COMPARED])
    if not found:
        return False
    if len(found) == _COMPARED and found[-1][1] >= _CERTAINLY_COMPARED:
        return True
    frames = SeenFrame.objects.filter(client=client_pk, expires_at__gt=timezone.now())
    return any(
        fingerprint_distance(frame.unseal_column("fingerprint"), fingerprint) <= _SAME_IMAGE_BITS
        for frame in frames.filter(pk__in=[key for key, _ in found])
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
    frame.seal_columns(fingerprint)
    prepared.insert(frame)
    SeenBand.objects.bulk_create(
        SeenBand(frame=frame, token=token) for token in _tokens(client_pk, fingerprint)
    )


def forget_expired(*, limit: int = _FORGOTTEN_AT_ONCE) -> int:
    """Forget frames whose time has passed; return how many."""
    expired = SeenFrame.objects.filter(expires_at__lte=timezone.now()).order_by("expires_at")
    return delete_some(expired, limit=limit)


def forget_surplus(*, client_pk: int, limit: int) -> int:
    """Forget the client's oldest frames beyond FACEPLATFORM_REPLAY_FRAMES; return how many."""
    frames = SeenFrame.objects.filter(client=client_pk)
    newest = frames.order_by("-pk").values_list("pk", flat=True)
    at = settings.FACEPLATFORM_REPLAY_FRAMES
    for first_beyond in newest[at : at + 1]:
        surplus = frames.filter(pk__lte=first_beyond).order_by("pk")
        return delete_some(surplus, limit=limit)
    return 0


def forget_surplus_of_all(*, limit: int) -> int:
    """Forget at most ``limit`` of each client's frames beyond FACEPLATFORM_REPLAY_FRAMES; return
    how many in all."""
    clients = SeenFrame.objects.order_by().values_list("client", flat=True).distinct()
    surplus = sum(forget_surplus(client_pk=client_pk, limit=limit) for client_pk in clients)
    if surplus:
        log.warning(
            "%d seen frames forgotten before their time: see FACEPLATFORM_REPLAY_FRAMES", surplus
        )
    return surplus


def bands_of(fingerprint: bytes) -> list[bytes]:
    """Return the bits of each band of a fingerprint, 2 bytes each."""
    bits = np.unpackbits(np.frombuffer(fingerprint, dtype=np.uint8))
    return [np.packbits(bits[places]).tobytes() for places in _bits_of_band]


def _tokens(client_pk: int, fingerprint: bytes) -> list[int]:
    """Return the keyed number of each band, 64 bits; two clients' numbers never coincide."""
    key = settings.FACEPLATFORM_REPLAY_KEY.encode()
    tokens = []
    for band, bits in enumerate(bands_of(fingerprint)):
        part = f"{client_pk}:{band}:{bits.hex()}"
        digest = hmac.digest(key, part.encode(), hashlib.sha256)
        tokens.append(int.from_bytes(digest[:8], signed=True))
    return tokens
