"""Near-duplicates of remembered frames: all are found, and nothing else is taken for one.

The fingerprints differ in a known number of bits.
"""

import numpy as np
import pytest

from clients import credentials
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


def of_two_bands(bits: int):
    """Return the places of so many bits that leave fourteen bands in common."""
    rows = np.arange(16)
    return np.concatenate([16 * rows + (band - 5 * rows) % 16 for band in (0, 1)])[:bits]


def known(client_pk: int, fingerprint: bytes) -> bool:
    return replay.is_known(client_pk=client_pk, fingerprint=fingerprint)


@pytest.mark.parametrize("bits", range(14))
def test_wherever_the_bits_differ(client_pk, bits):
    random = np.random.default_rng(bits)
    for _ in range(20):
        seen = random.bytes(32)
        remember(client_pk, seen)
        places = random.choice(256, bits, replace=False)
        assert known(client_pk, flipped(seen, places))


def test_also_where_each_spoils_another_band(client_pk):
    """The worst case of so many bits: a row has a bit of each band."""
    seen = bytes(range(32))
    remember(client_pk, seen)
    for row in range(16):
        assert known(client_pk, flipped(seen, 16 * row + np.arange(13)))


def test_nearly_all_that_differ_in_a_few_more(client_pk):
    random = np.random.default_rng(16)
    seen = random.bytes(32)
    remember(client_pk, seen)
    tried = [random.choice(256, 16, replace=False) for _ in range(200)]
    assert sum(known(client_pk, flipped(seen, places)) for places in tried) >= 190


@pytest.mark.parametrize("bits", [17, 23, 60, 128, 256])
def test_no_more_than_that(client_pk, bits):
    random = np.random.default_rng(bits)
    seen = random.bytes(32)
    remember(client_pk, seen)
    for _ in range(20):
        assert not known(client_pk, flipped(seen, random.choice(256, bits, replace=False)))
    # Frames that are alike in most bands are compared in full.
    assert not known(client_pk, flipped(seen, of_two_bands(17)))


@pytest.mark.parametrize("base", [bytes(32), b"\xff" * 32])
def test_before_one_plain_wall(client_pk, base):
    """Images that have nearly everything in common, as of one person in one booth."""
    random = np.random.default_rng(7)
    seen = [flipped(base, random.choice(256, 30, replace=False)) for _ in range(60)]
    for fingerprint in seen:
        assert not known(client_pk, fingerprint)
        remember(client_pk, fingerprint)
    assert all(known(client_pk, fingerprint) for fingerprint in seen)
    assert SeenFrame.objects.count() == 60


def test_too_much_alike_to_be_told_apart_in_bounded_time(client_pk, monkeypatch):
    monkeypatch.setattr(replay, "_COMPARED", 4)
    seen = bytes(32)
    for bits in (17, 18, 19):
        remember(client_pk, flipped(seen, of_two_bands(bits)))
    assert not known(client_pk, seen)
    remember(client_pk, flipped(seen, of_two_bands(20)))
    assert known(client_pk, seen)


def test_those_with_most_in_common_are_compared_first(client_pk, monkeypatch):
    random = np.random.default_rng(3)
    monkeypatch.setattr(replay, "_COMPARED", 4)
    seen = random.bytes(32)
    remember(client_pk, seen)
    for _ in range(40):
        remember(client_pk, flipped(seen, random.choice(256, 24, replace=False)))
    assert known(client_pk, flipped(seen, random.choice(256, 4, replace=False)))
