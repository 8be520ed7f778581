"""Requests and answers of the API of deliveries."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from faceplatform.api.fields import WholeNumberField
from webhooks import deliveries
from webhooks.endpoint_serializers import CountsByStateSerializer
from webhooks.fields import MomentField, PositionField
from webhooks.models import Attempt, Delivery, DeliveryState
from webhooks.requeuing import AT_ONCE

_ENDPOINT = "Only those of the endpoint with this `id`."
_AFTER = "Only those recorded at this time or later."
_BEFORE = "Only those recorded before this time."


class AttemptSerializer(serializers.Serializer[Attempt]):
    """One HTTP request and its answer."""

    number = serializers.IntegerField(help_text="Counted from 1 again after a retry or replay.")
    at = serializers.DateTimeField()
    delivered = serializers.SerializerMethodField(help_text="The status was 2xx.")
    status_code = serializers.IntegerField(allow_null=True, help_text="Null without an answer.")
    latency_ms = serializers.IntegerField(source="milliseconds")
    error = serializers.SerializerMethodField(help_text="The stable code of the failure.")
    answer = serializers.CharField(help_text="The first bytes of the answer's body.")

    def get_delivered(self, attempt: Attempt) -> bool:
        return not attempt.error

    def get_error(self, attempt: Attempt) -> str | None:
        return attempt.error or None


class EventLogSerializer(AttemptSerializer):
    """One attempt, and its delivery."""

    delivery_id = serializers.UUIDField(source="delivery.public_id")
    endpoint_id = serializers.UUIDField(source="endpoint.public_id")
    message_id = serializers.CharField(
        source="delivery.message_id", help_text="The header `webhook-id`."
    )
    event_type = serializers.CharField(source="delivery.event_type")


class DeliverySerializer(serializers.Serializer[Delivery]):
    """One event for one endpoint."""

    id = serializers.UUIDField(source="public_id")
    endpoint_id = serializers.UUIDField(source="endpoint.public_id")
    message_id = serializers.CharField(
        help_text="The header `webhook-id`: the same for all endpoints and attempts of an event."
    )
    event_type = serializers.CharField()
    state = serializers.ChoiceField(
        choices=DeliveryState.choices,
        help_text="`exhausted`: every attempt failed. `abandoned`: the endpoint was disabled, "
        "or paused for too long.",
    )
    attempts_made = serializers.IntegerField(
        help_text="Attempts since it was recorded, or asked for again."
    )
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    occurred_at = serializers.DateTimeField(help_text="The time of the event.")
    created_at = serializers.DateTimeField(help_text="The time at which it was recorded.")
    finished_at = serializers.DateTimeField(allow_null=True)


class DeliveryDetailSerializer(DeliverySerializer):
    """A delivery with its body and its attempts."""

    body = serializers.CharField(help_text="The body, byte for byte as it is signed and sent.")
    attempts = serializers.SerializerMethodField(
        help_text=f"The newest {deliveries.MOST_ATTEMPTS}, in order."
    )

    @extend_schema_field(AttemptSerializer(many=True))
    def get_attempts(self, delivery: Delivery) -> Any:
        newest: Any = deliveries.newest_attempts(delivery)
        return AttemptSerializer(newest, many=True).data


class RangeSerializer(serializers.Serializer[Any]):
    """A range of times, as the lists have it."""

    created_after = MomentField(required=False, default=None, allow_null=True, help_text=_AFTER)
    created_before = MomentField(required=False, default=None, allow_null=True, help_text=_BEFORE)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a range that holds nothing: its ends were swapped."""
        after, before = attrs["created_after"], attrs["created_before"]
        if after is not None and before is not None and before <= after:
            fault = ErrorDetail("Send a time later than created_after.", "invalid")
            raise serializers.ValidationError({"created_before": [fault]})
        return attrs


class RetryFailedSerializer(RangeSerializer):
    endpoint = serializers.UUIDField(
        required=False, default=None, allow_null=True, help_text=_ENDPOINT
    )


class ReplaySerializer(RangeSerializer):
    created_after = MomentField(help_text=_AFTER)
    cursor = PositionField(
        required=False,
        default=None,
        allow_null=True,
        help_text="Of the answer before: go on there, with the same times.",
    )


class QueuedSerializer(serializers.Serializer[Any]):
    queued = serializers.IntegerField(
        source="number", help_text=f"Deliveries that will be sent again, at most {AT_ONCE}."
    )
    has_more = serializers.BooleanField(help_text="There are more: ask again.")


class ReplayedSerializer(serializers.Serializer[Any]):
    queued = serializers.IntegerField(
        help_text=f"Deliveries that will be sent again, at most {AT_ONCE}."
    )
    cursor = PositionField(
        source="position", allow_null=True, help_text="Send it to go on; null at the end."
    )


class ClearLogsSerializer(serializers.Serializer[Any]):
    older_than_days = WholeNumberField(
        min_value=1, max_value=3650, help_text="Only those recorded and finished before that."
    )
    endpoint = serializers.UUIDField(
        required=False, default=None, allow_null=True, help_text=_ENDPOINT
    )


class ClearedSerializer(serializers.Serializer[Any]):
    deleted = serializers.IntegerField(
        source="number",
        help_text=f"Deliveries that are gone, with their attempts, at most {AT_ONCE}.",
    )
    has_more = serializers.BooleanField(help_text="There are more: ask again.")


class ClientWebhookStatsSerializer(serializers.Serializer[Any]):
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    by_state = CountsByStateSerializer(help_text="Deliveries that were recorded in the period.")
    by_event_type = serializers.DictField(
        child=serializers.IntegerField(), help_text="The same, by type of event."
    )
    backlog = serializers.IntegerField(
        help_text="Deliveries that wait now, whenever they were recorded; those of paused "
        "endpoints, too."
    )
    oldest_pending_at = serializers.DateTimeField(
        allow_null=True, help_text="When the oldest of these was recorded."
    )
