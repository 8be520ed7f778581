"""Encryption at rest: the data that can be decrypted, and the data that must not."""

import base64

import pytest

from faceplatform import crypto
from faceplatform.crypto import DecryptionFailed, Sealed
from faceplatform.errors import ConfigurationError


def entry(key_id: str, byte: bytes, length: int = 32) -> str:
    return f"{key_id}:{base64.b64encode(byte * length).decode()}"


ONE, TWO = entry("one", b"1"), entry("two", b"2")


@pytest.fixture
def keys(settings):
    def keys(*entries: str) -> None:
        settings.FACEPLATFORM_TEMPLATE_KEYS = list(entries)

    keys(ONE)
    return keys


@pytest.mark.parametrize("plaintext", [b"", b"x", bytes(512), bytes(range(256)) * 400])
def test_what_is_sealed_opens(keys, plaintext):
    sealed = crypto.seal(plaintext, context="row 1")
    assert sealed.key_id == "one"
    assert len(sealed.data) == 12 + len(plaintext) + 16
    assert crypto.unseal(sealed, context="row 1") == plaintext


def test_the_same_plaintext_never_looks_the_same(keys):
    assert len({crypto.seal(b"face", context="row 1").data for _ in range(50)}) == 50


@pytest.mark.parametrize("context", ["row 2", "", "row 1 ", "Row 1"])
def test_another_context(keys, context):
    sealed = crypto.seal(b"face", context="row 1")
    with pytest.raises(DecryptionFailed):
        crypto.unseal(sealed, context=context)


@pytest.mark.parametrize("position", [0, 11, 12, 15, 16, -1])
def test_every_altered_byte(keys, position):
    sealed = crypto.seal(b"face", context="row 1")
    data = bytearray(sealed.data)
    data[position] ^= 1
    with pytest.raises(DecryptionFailed):
        crypto.unseal(Sealed(sealed.key_id, bytes(data)), context="row 1")


@pytest.mark.parametrize("length", [0, 1, 7, 8, 11, 12, 13, 27, 31])
def test_every_shorter_length(keys, length):
    sealed = crypto.seal(b"face", context="row 1")
    with pytest.raises(DecryptionFailed):
        crypto.unseal(Sealed(sealed.key_id, sealed.data[:length]), context="row 1")


@pytest.mark.parametrize("key_id", ["two", "", "ONE"])
def test_an_unknown_key(keys, key_id):
    sealed = crypto.seal(b"face", context="row 1")
    with pytest.raises(DecryptionFailed, match="is configured"):
        crypto.unseal(Sealed(key_id, sealed.data), context="row 1")


def test_another_key_under_the_same_id(keys):
    sealed = crypto.seal(b"face", context="row 1")
    keys(entry("one", b"9"))
    with pytest.raises(DecryptionFailed):
        crypto.unseal(sealed, context="row 1")


def test_the_first_key_seals_and_the_others_open(keys):
    old = crypto.seal(b"face", context="row 1")
    keys(TWO, ONE)
    assert crypto.current_key_id() == "two"
    assert crypto.seal(b"face", context="row 1").key_id == "two"
    assert crypto.unseal(old, context="row 1") == b"face"
    keys(TWO)
    with pytest.raises(DecryptionFailed):
        crypto.unseal(old, context="row 1")


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [""],
        ["one"],
        ["one:"],
        ["one:not base64"],
        ["one:QUJD"],
        [entry("one", b"1", 16)],
        [entry("one", b"1", 33)],
        [entry("", b"1")],
        [entry("x" * 41, b"1")],
        [ONE, ONE],
        [ONE, entry("one", b"2")],
        [ONE, "broken"],
    ],
)
def test_keys_that_cannot_be_used(keys, entries):
    keys(*entries)
    with pytest.raises(ConfigurationError):
        crypto.seal(b"face", context="row 1")


def test_a_mistake_does_not_print_the_key(keys):
    secret = base64.b64encode(b"s" * 16).decode()
    keys(f"one:{secret}")
    with pytest.raises(ConfigurationError) as caught:
        crypto.current_key_id()
    assert secret not in str(caught.value)
