"""Validation of requests by their serializers, including unknown and repeated names."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from django.utils.datastructures import MultiValueDict
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.serializers import Serializer
from rest_framework.settings import api_settings

# Most names that an answer quotes, and most characters of each.
_NAMES, _CHARACTERS = 10, 100
# Most known names that it lists.
_LISTED = 30


def validated(kind: type[Serializer[Any]], data: Any) -> dict[str, Any]:
    """Return the validated values.

    Args:
        kind: a serializer. Its attribute ``read_only_names``, if it has one, holds names of members
            of the answer that no call may set. ``advice``, if it has it, holds messages about
            unknown names: the call to make instead.

    Raises:
        rest_framework.exceptions.ValidationError: lists the faults by field, unknown ones included.
    """
    if not isinstance(data, Mapping):
        code = "null" if data is None else "invalid"  # JSON's null
        raise ValidationError({api_settings.NON_FIELD_ERRORS_KEY: "Send a JSON object."}, code)
    reader = _reader(kind)
    misnamed = _misnamed(data, reader.fields)
    for name in (
        misnamed.keys() & getattr(kind, "read_only_names", frozenset())
    ) - reader.fields.keys():
        misnamed[name] = [ErrorDetail("This field is read-only.", "unknown_field")]
    for name, text in getattr(kind, "advice", {}).items():
        if name in misnamed and name not in reader.fields:
            misnamed[name] = [ErrorDetail(text, "unknown_field")]
    try:
        values: dict[str, Any] = reader.run_validation(data)
    except ValidationError as e:
        if not misnamed:
            raise
        raise ValidationError({**_by_field(e), **misnamed}) from e
    if misnamed:
        raise ValidationError(misnamed)
    return values


class _NoMembers(Serializer[Any]):
    """The body of a call that takes none: absent, or an empty object."""


def refuse_members(data: Any) -> None:
    """Refuse a body that is not empty.

    Raises:
        rest_framework.exceptions.ValidationError
    """
    validated(_NoMembers, data)


def refuse_misnamed(
    given: Mapping[str, Any],
    known: Collection[str],
    *,
    advice: Mapping[str, str] | None = None,
) -> None:
    """Refuse names that are unknown or repeated.

    Args:
        advice: the message about some unknown names.

    Raises:
        rest_framework.exceptions.ValidationError
    """
    misnamed = _misnamed(given, known)
    for name, text in (advice or {}).items():
        if name in misnamed and name not in known:
            misnamed[name] = [ErrorDetail(text, "unknown_field")]
    if misnamed:
        raise ValidationError(misnamed)


def _misnamed(given: Mapping[str, Any], known: Collection[str]) -> dict[str, list[ErrorDetail]]:
    return {**_unknown(given, known), **_repeated(given)}


def _repeated(given: Mapping[str, Any]) -> dict[str, list[ErrorDetail]]:
    """Return a fault for each repeated name of a form or query: Django would read the last."""
    if not isinstance(given, MultiValueDict):
        return {}
    names = [name for name, values in given.lists() if len(values) > 1][:_NAMES]
    return {
        name[:_CHARACTERS]: [ErrorDetail("Send this field once.", "ambiguous")] for name in names
    }


def _unknown(given: Iterable[str], known: Collection[str]) -> dict[str, list[ErrorDetail]]:
    names = [name for name in given if name not in known][:_NAMES]
    return {name[:_CHARACTERS]: [_no_such_field(name[:_CHARACTERS], known)] for name in names}


def _no_such_field(name: str, known: Collection[str]) -> ErrorDetail:
    close = get_close_matches(name, known, n=1)
    if close:
        hint = f" Did you mean {close[0]}?"
    else:
        hint = f" Choose among: {', '.join(sorted(known))}." if 0 < len(known) <= _LISTED else ""
    return ErrorDetail(f"There is no such field.{hint}", "unknown_field")


def _by_field(error: ValidationError) -> dict[str, Any]:
    return dict(error.detail) if isinstance(error.detail, dict) else {}


@cache
def _reader(kind: type[Serializer[Any]]) -> Serializer[Any]:
    """Return the one instance for all requests: its fields keep no state.

    A new instance copies each field first: a tenth of a frame's cost without its measurement.
    """
    return kind()
