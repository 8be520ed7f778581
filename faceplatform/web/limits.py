"""The settings of the web server's connections."""

import resource
from dataclasses import dataclass

from faceplatform import env
from faceplatform.errors import ConfigurationError
from faceplatform.web.pace import Pace

# File descriptors that a process has beside its connections: databases, models, pipes, files sent.
_OTHER_FILES = 256


@dataclass(frozen=True)
class Limits:
    """What one web process grants its callers.

    Args:
        connections: open at once.
        buffer_bytes: of requests and answers that wait, in all.
        header_seconds: for a header to arrive whole.
        pace: of bodies, and of answers being read.
    """

    connections: int
    buffer_bytes: int
    header_seconds: float
    pace: Pace


def from_environment() -> Limits:
    """Read the limits.

    Raises:
        faceplatform.errors.ConfigurationError: one cannot be used.
    """
    return Limits(
        connections=env.integer("FACEPLATFORM_WEB_CONNECTIONS", 1000, minimum=16, maximum=100_000),
        buffer_bytes=env.integer("FACEPLATFORM_WEB_BUFFER_MB", 32, minimum=16, maximum=65_536)
        * 2**20,
        header_seconds=env.integer("FACEPLATFORM_HEADER_SECONDS", 10, minimum=1, maximum=600),
        pace=Pace(
            seconds=env.integer("FACEPLATFORM_BODY_SECONDS", 15, minimum=1, maximum=600),
            least_rate=env.integer(
                "FACEPLATFORM_LEAST_BYTES_PER_SECOND", 4000, minimum=1, maximum=10**9
            ),
        ),
    )


def allow_files(connections: int) -> None:
    """Let this process and those it forks open a file for each connection.

    Raises:
        faceplatform.errors.ConfigurationError: the system does not.
    """
    needed = connections + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise ConfigurationError(
            f"FACEPLATFORM_WEB_CONNECTIONS={connections} needs {needed} open files, and the system "
            f"allows {hard}"
        )
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
