"""Near-duplicates among what is remembered: all are found, and nothing else is taken for one.

By fingerprints that differ in a known number of bits.
"""

import numpy as np
import pytest

from clients import credentials
from faceplatform.engine.fingerprint import NEAR_DUPLICATE_BITS
from faceplatform.sessions import replay
from faceplatform.sessions.models import SeenFrame

pytestmark = pytest.mark.django_db


@pytest.fixture
def client_pk(db) -> int:
    return credentials.create_client("acme").credential.client.pk


def remember(client_pk: int, fingerprint: bytes) -> None:
    replay.remember(client_pk=client_pk, subject_pk=None, fingerprint=fingerprint, days=1)


def flipped(fingerprint: bytes, places) -> bytes:
    bits = np.unpackbits(np.frombuffer(fingerprint, dtype=np.uint8))
    bits[places] ^= 1
    return np.packbits(bits).tobytes()


def known(client_pk: int, fingerprint: bytes) -> bool:
    return replay.is_known(client_pk=client_pk, fingerprint=fingerprint)


@pytest.mark.parametrize("bits", range(NEAR_DUPLICATE_BITS + 1))
def test_wherever_the_bits_differ(client_pk, bits):
    random = np.random.default_rng(bits)
    for _ in range(20):
        seen = random.bytes(32)
        remember(client_pk, seen)
        places = random.choice(256, bits, replace=False)
        assert known(client_pk, flipped(seen, places))


def test_also_where_each_spoils_another_band(client_pk):
    """The worst that so many bits can do: a row has a bit of each band."""
    seen = bytes(range(32))
    remember(client_pk, seen)
    for row in range(16):
        places = 16 * row + np.arange(NEAR_DUPLICATE_BITS)
        assert known(client_pk, flipped(seen, places))


@pytest.mark.parametrize("bits", [NEAR_DUPLICATE_BITS + 1, 12, 23, 60, 128, 256])
def test_no_more_than_that(client_pk, bits):
    random = np.random.default_rng(bits)
    seen = random.bytes(32)
    remember(client_pk, seen)
    for _ in range(20):
        assert not known(client_pk, flipped(seen, random.choice(256, bits, replace=False)))
    # Nine bits in a few bands leave the others in common: what is alike is compared in full.
    assert not known(client_pk, flipped(seen, np.arange(0, 12 * bits, 12) % 256))


@pytest.mark.parametrize("base", [bytes(32), b"\xff" * 32])
def test_before_one_plain_wall(client_pk, base):
    """Pictures that have nearly all in common, as of one person in one booth."""
    random = np.random.default_rng(7)
    seen = [flipped(base, random.choice(256, 20, replace=False)) for _ in range(60)]
    for fingerprint in seen:
        assert not known(client_pk, fingerprint)
        remember(client_pk, fingerprint)
    assert all(known(client_pk, fingerprint) for fingerprint in seen)
    assert SeenFrame.objects.count() == 60
