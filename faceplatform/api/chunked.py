"""Bodies that come in chunks, as clients send what they read from a stream: nobody knows their
length beforehand.

Django reads nothing where no length is announced. So such a body is announced as long as a request
may be at most, and ends where its chunks do.
"""

from collections.abc import Iterable
from typing import Any
from wsgiref.types import InputStream, StartResponse, WSGIApplication

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from gunicorn.http.errors import ParseException


class ReadChunked:
    """A WSGI application whose requests have a length, behind a server that ends their bodies."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("HTTP_TRANSFER_ENCODING"):  # of all, the server takes only chunked
            most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            environ["CONTENT_LENGTH"] = str(most)
            environ["wsgi.input"] = _Chunks(environ["wsgi.input"], most)
        return self._application(environ, start_response)


class _Chunks:
    """The bytes of the chunks, up to a bound.

    Raises:
        django.core.exceptions.RequestDataTooBig: there are more.
        django.core.exceptions.SuspiciousOperation: they are no chunks.
    """

    def __init__(self, chunks: InputStream, most: int) -> None:
        self._chunks, self._left = chunks, most

    def read(self, size: int = -1, /) -> bytes:
        return self._counted(self._read(size))

    def readline(self, size: int = -1, /) -> bytes:
        return self._counted(self._read(size, line=True))

    def _read(self, size: int, *, line: bool = False) -> bytes:
        read = self._chunks.readline if line else self._chunks.read
        try:
            return read(size)
        except ParseException as e:
            raise SuspiciousOperation("The chunks of a body cannot be parsed") from e

    def _counted(self, piece: bytes) -> bytes:
        self._left -= len(piece)
        # Django asks for no byte beyond the length that it was told.
        if self._left < 0 or (self._left == 0 and self._read(1)):
            raise RequestDataTooBig
        return piece
