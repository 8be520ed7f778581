"""Forms of strangers. A field whose bytes are no text is a file, with a filename or without."""

from collections.abc import Iterable, Iterator
from typing import Any, cast
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.http import QueryDict
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.datastructures import MultiValueDict
from django.utils.http import parse_header_parameters
from rest_framework.parsers import DataAndFiles

from faceplatform.api.bodies import BoundedStream, Malformed

# Ten megabytes as base64 have 440,000 characters that a form escapes.
_MAX_ESCAPES = 1_000_000
# `urllib` makes an object of 60 bytes and more for each escape of what it is given at once.
_PIECE = 60_000
# Pictures that may be all ASCII, such as a black BMP, have a zero in their first bytes.
_HEAD = 16


def parse_urlencoded(body: bytes, encoding: str) -> DataAndFiles:
    """The fields of a body such as ``a=1&b=2``.

    Raises:
        Malformed, django.core.exceptions.TooManyFieldsSent
    """
    most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    if body.count(b"&") >= most:
        raise TooManyFieldsSent
    if body.count(b"%") > _MAX_ESCAPES:
        raise Malformed("The form has too many escapes. Send the picture as a file.")
    pairs = (field.partition(b"=") for field in body.split(b"&") if field)
    return _sorted(((_unquoted(name), _unquoted(value)) for name, _, value in pairs), encoding)


def parse_multipart(
    stream: BoundedStream, media_type: str, context: dict[str, Any]
) -> DataAndFiles:
    """The fields and files of a body in parts.

    Raises:
        Malformed
        django.core.exceptions.TooManyFieldsSent, django.core.exceptions.TooManyFilesSent
    """
    request = context["request"]
    if not parse_header_parameters(media_type)[1].get("boundary"):
        raise Malformed("The Content-Type of the form names no boundary")
    meta = {**request.META, "CONTENT_TYPE": media_type}
    try:
        # Any byte is a character of Latin-1, so nothing of a picture is lost that comes as text.
        parser = MultiPartParser(meta, cast("Any", stream), request.upload_handlers, "latin-1")
        fields, files = parser.parse()
    except MultiPartParserError as e:
        raise Malformed("The parts of the form cannot be read") from e
    encoding = context["encoding"]
    form = _sorted(_as_bytes(fields), encoding)
    for name, uploads in files.lists():
        form.files.setlist(name.encode("latin-1").decode(encoding, "replace"), uploads)
    return form


def _as_bytes(fields: QueryDict) -> Iterator[tuple[bytes, bytes]]:
    for name, values in fields.lists():
        for value in values:
            yield name.encode("latin-1"), value.encode("latin-1")


def _sorted(fields: Iterable[tuple[bytes, bytes]], encoding: str) -> DataAndFiles:
    """Texts as data; the rest as files."""
    texts = QueryDict(mutable=True)
    files: MultiValueDict[str, UploadedFile] = MultiValueDict()
    for name, value in fields:
        field, text = name.decode(encoding, "replace"), _text(value, encoding)
        if text is None:
            files.appendlist(field, SimpleUploadedFile("part", value))
        else:
            texts.appendlist(field, text)
    return DataAndFiles(texts, files)


def _text(value: bytes, encoding: str) -> str | None:
    """The text that the bytes are; None where they are none."""
    if b"\0" in value[:_HEAD]:
        return None
    try:
        return value.decode(encoding)
    except UnicodeDecodeError:
        return None


def _unquoted(quoted: bytes) -> bytes:
    quoted = quoted.replace(b"+", b" ")
    pieces = []
    start = 0
    while start < len(quoted):
        end = start + _PIECE
        escape = quoted.rfind(b"%", end - 2, end)  # not cut in two
        end = escape if escape > start else end
        pieces.append(unquote_to_bytes(quoted[start:end]))
        start = end
    return b"".join(pieces)
