"""Keys of the embedded default: created once, in files that only the owner can read."""

import base64
import os
import subprocess
import sys

import pytest

from faceplatform import crypto, keyfile


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keys" / "key"


@pytest.mark.parametrize("make", [keyfile.secret_key, keyfile.template_key])
def test_made_once_and_kept(path, make):
    first = make(path)
    assert make(path) == first
    assert path.read_text() == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_the_mode_does_not_depend_on_the_umask(path):
    before = os.umask(0)
    try:
        keyfile.secret_key(path)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_existing_key_is_never_replaced(path):
    path.parent.mkdir()
    path.write_text("the key of yesterday\n")
    assert keyfile.secret_key(path) == "the key of yesterday"
    assert path.read_text() == "the key of yesterday\n"


def test_two_keys_are_never_the_same(tmp_path):
    for make in (keyfile.secret_key, keyfile.template_key):
        assert make(tmp_path / f"a{make.__name__}") != make(tmp_path / f"b{make.__name__}")


def test_a_secret_key_is_long_enough_to_sign_with(path):
    assert len(keyfile.secret_key(path)) >= 50


def test_a_template_key_is_one_that_crypto_reads(path, settings):
    entry = keyfile.template_key(path)
    key_id, _, encoded = entry.partition(":")
    assert len(base64.b64decode(encoded)) == 32
    settings.FACEPLATFORM_TEMPLATE_KEYS = [entry]
    assert crypto.current_key_id() == key_id


def test_processes_that_start_at_once_get_one_key(path):
    """Each process waits for a line on its input, so that all start at the same time."""
    code = (
        "import sys; from pathlib import Path; from faceplatform import keyfile;"
        "print('ready', flush=True); sys.stdin.readline();"
        "print(keyfile.template_key(Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", code, str(path)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    keys = {process.communicate(timeout=60)[0].strip() for process in processes}
    assert keys == {path.read_text()}
    assert list(path.parent.iterdir()) == [path]


def test_a_key_for_each_purpose():
    assert keyfile.derived("secret", "a") == keyfile.derived("secret", "a")
    assert keyfile.derived("secret", "a") != keyfile.derived("secret", "b")
    assert keyfile.derived("secret", "a") != keyfile.derived("other", "a")
    assert len(keyfile.derived("secret", "a")) == 64
