"""Fields of requests about webhooks."""

import base64
import re
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clients.accounts.serializers import SetField
from webhooks.catalogue import PATTERNS
from webhooks.requeuing import Position

_LONGEST_CURSOR = 100
_KEY = re.compile(rb"[0-9]{1,18}")


@extend_schema_field({"type": "string", "enum": sorted(PATTERNS)})
class PatternField(serializers.CharField):
    """A type of event, a family, or everything. The error lists all, and names one that is close.

    It is no ChoiceField, whose error could not name the one that was meant.
    """

    default_error_messages = {
        "unknown_event_type": "There is no such event type.{meant} Choose one of: {valid}."
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=50, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        pattern = super().to_internal_value(data)
        if pattern not in PATTERNS:
            close = get_close_matches(pattern, sorted(PATTERNS), n=1)
            meant = f" Did you mean {close[0]}?" if close else ""
            self.fail("unknown_event_type", meant=meant, valid=", ".join(sorted(PATTERNS)))
        return pattern


class PatternsField(SetField):
    """The subscriptions of an endpoint, each once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            child=PatternField(), allow_empty=False, max_length=len(PATTERNS), **kwargs
        )


class MomentField(serializers.DateTimeField):
    """A time. One that the database cannot express, such as the year 1, is refused."""

    default_error_messages = {"out_of_range": "The time must be between 1970 and 9999."}

    def to_internal_value(self, value: Any) -> datetime:
        moment: datetime = super().to_internal_value(value)
        try:
            moment = moment.astimezone(UTC)
        except OverflowError:
            self.fail("out_of_range")
        if moment.year < 1970:
            self.fail("out_of_range")
        return moment


@extend_schema_field({"type": "string", "maxLength": _LONGEST_CURSOR})
class PositionField(serializers.Field[Position, Any, str, Any]):
    """The cursor of a replay."""

    default_error_messages = {"invalid_cursor": "Send the cursor of an answer, unchanged."}

    def to_internal_value(self, data: Any) -> Position:
        if not isinstance(data, str) or len(data) > _LONGEST_CURSOR:
            self.fail("invalid_cursor")
        try:
            moment, _, key = base64.b64decode(data, altchars=b"-_", validate=True).partition(b" ")
            created_at = datetime.fromisoformat(moment.decode("ascii")).astimezone(UTC)
        except (ValueError, OverflowError):  # base64's and ASCII's errors are ValueErrors, too
            self.fail("invalid_cursor")
        if not _KEY.fullmatch(key):
            self.fail("invalid_cursor")
        return Position(created_at=created_at, pk=int(key))

    def to_representation(self, value: Position) -> str:
        text = f"{value.created_at.astimezone(UTC).isoformat()} {value.pk}"
        return base64.urlsafe_b64encode(text.encode()).decode()
