"""Names and files of a request, each with the same bounds as in the main API."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from rest_framework.exceptions import ValidationError

from faceplatform.api.fields import IdentifierField
from legacy.faults import FieldFault, Wrong

_identifier = IdentifierField()


def name(source: Any, field: str) -> str:
    """Return a name of at most 150 characters, without control characters.

    Raises:
        FieldFault
    """
    try:
        return str(_identifier.run_validation(_given(source, field)))
    except ValidationError as e:
        raise FieldFault(field, Wrong.INVALID) from e


def header(headers: Mapping[str, str], field: str) -> str:
    """Return a name from a request header. WSGI passes its bytes as Latin-1; they are read as UTF-8
    where they are valid UTF-8.

    Raises:
        FieldFault
    """
    value = headers.get(field)
    if value is None:
        raise FieldFault(field, Wrong.MISSING)
    with suppress(UnicodeError):  # Latin-1 was meant
        value = value.encode("latin-1").decode()
    return name({field: value.strip()}, field)


def upload(data: Any, field: str) -> bytes:
    """Return the bytes of an uploaded file.

    Raises:
        FieldFault
    """
    value = _given(data, field)
    if not isinstance(value, UploadedFile):
        raise FieldFault(field, Wrong.INVALID)
    content = bytes(value.read())
    if not content:
        raise FieldFault(field, Wrong.EMPTY)
    return content


def _given(source: Any, field: str) -> Any:
    """Return the field's value, which is neither missing nor empty."""
    value = source.get(field)
    if value is None:
        raise FieldFault(field, Wrong.MISSING)
    if value == "":
        raise FieldFault(field, Wrong.EMPTY)
    return value
