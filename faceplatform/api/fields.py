"""Serializer fields of the whole API."""

import base64
import binascii
import json
import re
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from faceplatform.conf import MAX_IMAGE_BYTES
from faceplatform.errors import ImageTooLarge

_DATA_URL = re.compile(r"data:image/[a-zA-Z0-9.+-]{1,40}(;[a-zA-Z0-9=.+-]{1,60})*;base64,")
_MAX_TEXT = MAX_IMAGE_BYTES * 4 // 3 + 256
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@extend_schema_field({"type": "string", "format": "byte"})
class ImageBytesField(serializers.Field):
    """An image as an uploaded file, base64 or a data URL; the value is its bytes.

    A string is only ever decoded: it is never taken as a path or an address.
    """

    default_error_messages = {
        "invalid": "Send a file, base64 or a data URL (data:image/...;base64,...).",
        "image_encoding_invalid": "The text is not base64.",
    }

    def to_internal_value(self, data: Any) -> bytes:
        if isinstance(data, UploadedFile):
            if data.size is not None and data.size > MAX_IMAGE_BYTES:
                raise ImageTooLarge
            return bytes(data.read())
        if isinstance(data, str):
            return self._from_text(data)
        raise self._fault("invalid")

    def _from_text(self, text: str) -> bytes:
        if len(text) > _MAX_TEXT:
            raise ImageTooLarge
        encoded = text[match.end() :] if (match := _DATA_URL.match(text)) else text
        try:
            return base64.b64decode("".join(encoded.split()), validate=True)
        except (binascii.Error, ValueError) as e:
            raise self._fault("image_encoding_invalid") from e

    def _fault(self, code: str) -> serializers.ValidationError:
        return serializers.ValidationError(self.error_messages[code], code)

    def to_representation(self, value: Any) -> Any:
        raise TypeError("images are never given out")


@extend_schema_field({"type": "string", "format": "binary"})
class ImageUploadField(ImageBytesField):
    """The same, shown in the schema as the file it is in a multipart request."""


class IdentifierField(serializers.CharField):
    """A name from the caller's own system: kept to the letter, no control characters."""

    default_error_messages = {"control": "Control characters are not allowed."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=150, trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if _CONTROL.search(text):
            self.fail("control")
        return text


class MetadataField(serializers.DictField):
    """A JSON object of the caller's own, kept as it is, bounded in size."""

    _MAX_CHARACTERS = 4096
    # MySQL's JSON rounds whole numbers of more bits, or refuses the row.
    _LEAST, _MOST = -(2**63), 2**64 - 1
    default_error_messages = {
        "too_large": "At most 4096 characters as JSON.",
        "number_too_large": "Whole numbers have 64 bits at most.",
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        # First: the base class looks at each member, and there may be a million of them.
        if isinstance(data, dict) and len(json.dumps(data)) > self._MAX_CHARACTERS:
            self.fail("too_large")
        value: dict[str, Any] = super().to_internal_value(data)
        if not self._is_kept(value):
            self.fail("number_too_large")
        return value

    def _is_kept(self, node: Any) -> bool:
        """How deep it goes, the parser has bounded."""
        match node:
            case dict():
                return all(map(self._is_kept, node.values()))
            case list():
                return all(map(self._is_kept, node))
            case int():
                return self._LEAST <= node <= self._MOST
        return True
