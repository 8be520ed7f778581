"""A form field for JSON, with the bounds of the API's parser."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from faceplatform.api import json_text
from faceplatform.api.bodies import Malformed


class BoundedJSONField(forms.JSONField):
    """Django's own takes any text: a thousand brackets end its parser, and half of a surrogate pair
    ends the page that shows it again."""

    def to_python(self, value: Any) -> Any:
        """Return the value; None for an empty text.

        Raises:
            django.core.exceptions.ValidationError
        """
        if self.disabled or value in self.empty_values or not isinstance(value, str):
            return super().to_python(value)
        try:
            return parsed(value)
        except Malformed as e:
            raise ValidationError(str(e.detail), code="invalid") from e

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Return what the form shows again: text that is refused as it was typed."""
        if self.disabled or data is None:
            return super().bound_data(data, initial)
        try:
            return parsed(data)
        except Malformed:
            return forms.fields.InvalidJSONInput(data)


def parsed(text: str) -> Any:
    """Parse the text of a form.

    Raises:
        Malformed
    """
    json_text.check_structure(text.encode(errors="replace"))
    return json_text.parse(text)
