"""Form parsing. A field whose bytes are not text becomes a file, even without a filename."""

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

# A 10 MB image in base64 has about 440,000 characters that a form escapes.
_MAX_ESCAPES = 1_000_000
# urllib splits its input at each escape into objects of 60 bytes: so it gets one piece at a time.
_PIECE = 60_000
# Images that can be all ASCII, such as a black BMP, have a zero byte in their header.
_HEAD = 16


def parse_urlencoded(body: bytes, encoding: str) -> DataAndFiles:
    """Return the fields of a body such as ``a=1&b=2``.

    Raises:
        Malformed, django.core.exceptions.TooManyFieldsSent
    """
    most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    if body.count(b"&") >= most:
        raise TooManyFieldsSent
    if body.count(b"%") > _MAX_ESCAPES:
        raise Malformed("The form has too many escapes. Send the image as a file.")
    pairs = (field.partition(b"=") for field in body.split(b"&") if field)
    return _data_and_files(
        ((_unquoted(name), _unquoted(value)) for name, _, value in pairs), encoding
    )


def parse_multipart(
    stream: BoundedStream, media_type: str, context: dict[str, Any]
) -> DataAndFiles:
    """Return the fields and files of a multipart body.

    Raises:
        Malformed
        django.core.exceptions.TooManyFieldsSent, django.core.exceptions.TooManyFilesSent
    """
    request = context["request"]
    if not parse_header_parameters(media_type)[1].get("boundary"):
        raise Malformed("The Content-Type of the form names no boundary")
    meta = {**request.META, "CONTENT_TYPE": media_type}
    try:
        # Latin-1 maps every byte to a character, so an image decoded as text keeps all its bytes.
        parser = MultiPartParser(meta, cast("Any", stream), request.upload_handlers, "latin-1")
        fields, files = parser.parse()
    except MultiPartParserError as e:
        raise Malformed("The parts of the form cannot be read") from e
    encoding = context["encoding"]
    form = _data_and_files(_as_bytes(fields), encoding)
    for name, uploads in files.lists():
        form.files.setlist(name.encode("latin-1").decode(encoding, "replace"), uploads)
    return form


def _as_bytes(fields: QueryDict) -> Iterator[tuple[bytes, bytes]]:
    for name, values in fields.lists():
        for value in values:
            yield name.encode("latin-1"), value.encode("latin-1")


def _data_and_files(fields: Iterable[tuple[bytes, bytes]], encoding: str) -> DataAndFiles:
    """Return text fields as data and all others as files."""
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
    """Decode the bytes, or return None if they are not text."""
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
        escape = quoted.rfind(b"%", end - 2, end)  # do not split an escape
        end = escape if escape > start else end
        pieces.append(unquote_to_bytes(quoted[start:end]))
        start = end
    return b"".join(pieces)
