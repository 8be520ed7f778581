"""Serializer fields of the whole API."""

import json
import re
from datetime import datetime
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from faceplatform.api import image_text
from faceplatform.conf import MAX_IMAGE_BYTES
from faceplatform.errors import ImageTooLarge

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,20}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class WholeNumberField(serializers.IntegerField):
    """An integer that a caller sends; text is decimal digits, nothing else that Python reads."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, str) and not _WHOLE_NUMBER.fullmatch(data):
            self.fail("invalid")
        value: int = super().to_internal_value(data)
        return value


@extend_schema_field({"type": "string", "format": "binary"})
class ImageBytesField(serializers.Field):
    """An image as an uploaded file, base64 or a data URL; the value is its bytes.

    A string is only decoded: it is never used as a path or a URL.
    """

    default_error_messages = {
        "invalid": "Send a file, base64 or a data URL (data:image/...;base64,...).",
    }

    def to_internal_value(self, data: Any) -> bytes:
        image = self._bytes_of(data)
        if len(image) > MAX_IMAGE_BYTES:
            raise ImageTooLarge
        return image

    def _bytes_of(self, data: Any) -> bytes:
        if isinstance(data, UploadedFile):  # in memory, limited like the body
            return image_text.decode_file(_content(data))
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            return image_text.decode(data)
        except image_text.NotBase64 as e:
            raise serializers.ValidationError(str(e), "image_encoding_invalid") from e

    def to_representation(self, value: Any) -> Any:
        raise TypeError("images are never returned")


@extend_schema_field({"type": "string", "format": "binary"})
class VideoBytesField(serializers.Field):
    """A video as an uploaded file; the value is its bytes, limited like the body."""

    default_error_messages = {"invalid": "Send a file in a form (multipart/form-data)."}

    def to_internal_value(self, data: Any) -> bytes:
        if not isinstance(data, UploadedFile):
            self.fail("invalid")
        return _content(data)

    def to_representation(self, value: Any) -> Any:
        raise TypeError("videos are never returned")


def _content(upload: UploadedFile) -> bytes:
    """Return the bytes of an upload, without copying those of an upload in memory."""
    file = upload.file
    return file.getvalue() if isinstance(file, BytesIO) else bytes(upload.read())


class IdentifierField(serializers.CharField):
    """An identifier from the caller's system: kept unchanged, without control characters."""

    MAX_CHARACTERS = 150
    default_error_messages = {"control": "Control characters are not allowed."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=self.MAX_CHARACTERS, trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, float):  # 1e3 would become 1000.0
            self.fail("invalid")
        text = super().to_internal_value(data)
        if _CONTROL.search(text):
            self.fail("control")
        return text


class NonceField(serializers.RegexField):
    """A text of printable ASCII characters that the caller made up for one purpose."""

    default_error_messages = {
        "invalid": "Send 1 to 128 letters, digits and signs of ASCII, without a space."
    }

    MAX_CHARACTERS = 128

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            r"\A[\x21-\x7e]+\Z", max_length=self.MAX_CHARACTERS, trim_whitespace=False, **kwargs
        )

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):  # a number would come back as a text
            self.fail("invalid")
        return super().to_internal_value(data)


class NamedChoiceField(serializers.ChoiceField):
    """A choice field whose error lists the choices."""

    def __init__(self, choices: Any, **kwargs: Any) -> None:
        super().__init__(choices, **kwargs)
        named = ", ".join(str(choice) for choice in self.choices)
        self.error_messages["invalid_choice"] = f"Choose one of: {named}."


class MetadataField(serializers.DictField):
    """A JSON object of the caller's, kept unchanged, limited in size."""

    MAX_CHARACTERS = 4096
    # MySQL's JSON rounds larger integers, or refuses the row.
    _LEAST, _MOST = -(2**63), 2**64 - 1
    default_error_messages = {
        "not_a_dict": "Send a JSON object.",
        "too_large": "At most 4096 characters as JSON.",
        "number_too_large": "Integers have at most 64 bits.",
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        # First, because the base class visits each member, and there may be a million of them.
        if isinstance(data, dict) and len(json.dumps(data)) > self.MAX_CHARACTERS:
            self.fail("too_large")
        value: dict[str, Any] = super().to_internal_value(data)
        if not self._is_kept(value):
            self.fail("number_too_large")
        return value

    def _is_kept(self, node: Any) -> bool:
        """Return True if the database keeps all integers unchanged.

        The parser limits the depth of the recursion.
        """
        match node:
            case dict():
                return all(map(self._is_kept, node.values()))
            case list():
                return all(map(self._is_kept, node))
            case int():
                return self._LEAST <= node <= self._MOST
        return True


class FutureField(serializers.DateTimeField):
    """A time that is not past."""

    default_error_messages = {"past": "Send a time in the future."}

    def to_internal_value(self, value: Any) -> datetime:
        moment: datetime = super().to_internal_value(value)
        if moment <= timezone.now():
            self.fail("past")
        return moment
