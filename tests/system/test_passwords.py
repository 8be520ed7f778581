"""Passwords are hashed within limits, and old hashes stay valid."""

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.contrib.auth.models import User

from faceplatform import passwords
from faceplatform.settings import base


@pytest.fixture(autouse=True)
def _as_installed(settings):
    settings.PASSWORD_HASHERS = base.PASSWORD_HASHERS


def test_its_parameters_are_owasps():
    assert make_password("a secret of mine").startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.django_db
def test_a_hash_of_djangos_own_parameters_is_replaced_at_the_next_sign_in():
    old = Argon2PasswordHasher().encode("a secret of mine", "0123456789abcdef")
    assert "m=102400" in old
    user = User.objects.create(username="ada", password=old)
    assert not user.check_password("another")
    assert user.check_password("a secret of mine")
    user.refresh_from_db()
    assert "m=19456" in user.password
    assert check_password("a secret of mine", user.password)


def test_two_are_computed_at_a_time(monkeypatch):
    """While both slots are taken, no password is hashed."""
    held = []
    monkeypatch.setattr(
        Argon2PasswordHasher,
        "encode",
        lambda *_: held.append(passwords._at_once._value) or "argon2$",
    )
    passwords.BoundedArgon2().encode("x", "0123456789abcdef")
    assert held == [1]
    assert passwords._at_once._value == 2
