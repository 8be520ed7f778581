"""Names and files out of a request, each with the same bounds as in the main API."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from rest_framework.exceptions import ValidationError

from faceplatform.api.fields import IdentifierField
from legacy.faults import FieldFault, Wrong

_identifier = IdentifierField()


def name(source: Any, field: str) -> str:
    """A name of at most 150 characters, no control characters among them.

    Raises:
        FieldFault
    """
    try:
        return str(_identifier.run_validation(_given(source, field)))
    except ValidationError as e:
        raise FieldFault(field, Wrong.INVALID) from e


def header(headers: Mapping[str, str], field: str) -> str:
    """A name out of a request header. WSGI hands its bytes over as Latin-1; UTF-8 is meant where
    they are UTF-8.

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
    """The bytes of an uploaded file.

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
    """What the field holds, unless that is nothing."""
    value = source.get(field)
    if value is None:
        raise FieldFault(field, Wrong.MISSING)
    if value == "":
        raise FieldFault(field, Wrong.EMPTY)
    return value
