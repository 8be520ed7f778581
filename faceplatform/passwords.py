"""The password hasher: expensive enough against guessing, too cheap to overload the server."""

from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher

# Django's defaults take 100 MB a hash, in every thread at once.
_at_once = BoundedSemaphore(2)


class BoundedArgon2(Argon2PasswordHasher):
    """Argon2id with OWASP's minimum parameters (Password Storage Cheat Sheet: 19 MiB, 2, 1).

    A process computes at most two hashes at a time. Hashes with other parameters are still
    verified, and replaced at the next sign-in.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _at_once:
            encoded: str = super().encode(password, salt)
            return encoded

    def verify(self, password: str, encoded: str) -> bool:
        with _at_once:
            return bool(super().verify(password, encoded))
