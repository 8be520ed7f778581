"""Admin accounts, their roles and their second factors."""

from base64 import b32encode
from typing import Any, ClassVar
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import models
from django.utils import timezone
from django_otp.models import Device, ThrottlingMixin
from django_otp.oath import TOTP

from faceplatform.sessions.sealed import SealedRow

ISSUER = "Faceplatform"
# After so many wrong codes in a row the delay, which each one doubles, grows no more: 1,024 s.
_MOST_FAILURES = 11


class SecondFactor(SealedRow, ThrottlingMixin, Device):  # type: ignore[misc]  # no types
    """The authenticator of an account: one that computes codes of six digits from a key and the
    time (TOTP, RFC 6238).

    Attributes:
        confirmed: False until its holder has entered a first code.
        last_step: the time step of the last accepted code. It and older ones are refused.
    """

    sealed_columns: ClassVar[tuple[str, ...]] = ("key",)

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    name = None  # not of use: an account has one
    # Of the mixin, which has no types.
    throttling_failure_count: Any
    key = models.BinaryField()
    last_step = models.BigIntegerField(default=-1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["SecondFactor"]] = models.Manager()

    class Meta:
        verbose_name = "second factor"

    def __str__(self) -> str:
        return f"second factor of {self.user}"

    @property
    def seal_context(self) -> str:
        return f"second-factor:{self.user_id}"

    @property
    def secret(self) -> str:
        """The key as people type it into an authenticator: base32."""
        return b32encode(self.unseal_column("key")).decode()

    @property
    def address(self) -> str:
        """The key as authenticators read it from a QR code."""
        label = quote(f"{ISSUER}:{self.user.get_username()}")
        return f"otpauth://totp/{label}?secret={self.secret}&issuer={ISSUER}"

    def get_throttle_factor(self) -> int:
        """Return the delay after the first wrong code, in seconds."""
        return 1

    def verify_token(self, token: str) -> bool:
        """Return True if the code is of this moment, or half a minute off, and was not used.

        The caller holds the row in a transaction, which it commits: failures are counted in it.
        """
        is_allowed, _ = self.verify_is_allowed()
        if not is_allowed:
            return False
        totp: Any = TOTP(self.unseal_column("key"))
        totp.time = timezone.now().timestamp()
        if not totp.verify(int(token), tolerance=1, min_t=self.last_step + 1):
            self.throttling_failure_count = min(self.throttling_failure_count, _MOST_FAILURES - 1)
            self.throttle_increment()
            return False
        self.last_step = totp.t()
        self.throttle_reset(commit=False)
        self.save()
        return True


class AdminAccount(User):
    """A person who signs in to the admin: Django's user, by a name that no client's user has."""

    class Meta:
        proxy = True
        verbose_name = "admin account"


class AdminRole(Group):
    """Rights of admin accounts: Django's group, by a name that no group of users has."""

    class Meta:
        proxy = True
        verbose_name = "role"
