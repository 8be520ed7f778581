"""How passwords are hashed: dear enough to guess, too cheap to take the server away with."""

from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher

# Django's own parameters take 100 MB a hash, in as many threads as there are.
_at_once = BoundedSemaphore(2)


class BoundedArgon2(Argon2PasswordHasher):
    """Argon2id with OWASP's least parameters (Password Storage Cheat Sheet: 19 MiB, 2, 1).

    At most two are computed at a time in a process. Hashes with other parameters are still
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
