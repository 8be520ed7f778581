"""Files that are made for one answer: written to the temporary folder, sent, and deleted.

An answer made while it is sent would be kept in memory instead, as the server never waits for a
slow reader (`faceplatform.web`); and an error in the middle of it could not be told.

An export occupies a thread for seconds, and the temporary folder until its reader has it all. So a
client has one in progress, and a process two.
"""

import errno
from collections.abc import Callable
from contextlib import ExitStack
from io import TextIOWrapper
from tempfile import TemporaryFile
from typing import IO

from faceplatform.errors import FaceplatformError
from faceplatform.turns import Turns

AT_ONCE = 2
_RETRY_SECONDS = 5


class ExportInProgress(FaceplatformError):
    code = "export_in_progress"
    status = 429
    title = "The client has another export in progress; try again once it is answered"


class ExportsBusy(FaceplatformError):
    code = "exports_busy"
    status = 503
    title = "The server has no room for a further export at the moment"


turns = Turns(
    "export",
    at_once=AT_ONCE,
    seconds=300,
    mine=lambda: ExportInProgress(retry_after=_RETRY_SECONDS),
    others=lambda: ExportsBusy(retry_after=_RETRY_SECONDS),
)


def written(write: Callable[[IO[str]], None]) -> IO[bytes]:
    """Have an unnamed temporary file written; return it, at its beginning.

    Raises:
        ExportsBusy: the temporary folder is full.
    """
    try:
        return _written(write)
    except OSError as e:
        if e.errno != errno.ENOSPC:
            raise
        raise ExportsBusy(retry_after=_RETRY_SECONDS) from e


def _written(write: Callable[[IO[str]], None]) -> IO[bytes]:
    with ExitStack() as failed:
        file = failed.enter_context(TemporaryFile())
        text = TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        write(text)
        text.detach()
        file.seek(0)
        failed.pop_all()  # the answer closes it
    return file
