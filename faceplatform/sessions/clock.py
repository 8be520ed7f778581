"""The clock of challenges: the server's, and no caller's."""

import time


def now() -> float:
    """Return Unix time in seconds. Tests replace it."""
    return time.time()
