"""The settings of the web server's connections."""

import resource
from dataclasses import dataclass

from faceplatform import env
from faceplatform.errors import ConfigurationError
from faceplatform.web.pace import Pace

# Other file descriptors of a process: databases, models, pipes, static files being sent.
_OTHER_FILES = 256


@dataclass(frozen=True)
class Limits:
    """The limits of one web process.

    Args:
        connections: number of open connections.
        streams: number of WebSockets among them.
        buffer_bytes: bytes of all waiting requests and answers.
        header_seconds: time for a whole header to arrive.
        pace: least data rate of bodies being received, and of answers being read.
    """

    connections: int
    streams: int
    buffer_bytes: int
    header_seconds: float
    pace: Pace


def from_environment() -> Limits:
    """Read the limits from the environment.

    Raises:
        faceplatform.errors.ConfigurationError: a value is invalid.
    """
    return Limits(
        connections=env.integer("FACEPLATFORM_WEB_CONNECTIONS", 1000, minimum=16, maximum=100_000),
        streams=env.integer("FACEPLATFORM_WEB_STREAMS", 100, minimum=0, maximum=100_000),
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
    """Allow this process and its children to open a file for each connection.

    Raises:
        faceplatform.errors.ConfigurationError: the system's limit is lower.
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
