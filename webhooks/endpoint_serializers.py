"""Requests and answers of the API of endpoints."""

from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clients.accounts.serializers import DEFAULT_OVERLAP, OverlapField
from faceplatform.api.fields import WholeNumberField
from webhooks import endpoint_secrets, endpoints, figures
from webhooks.catalogue import PATTERNS
from webhooks.fields import PatternsField
from webhooks.filters import SHOWN_STATES
from webhooks.http import Answer
from webhooks.models import Endpoint, EndpointSecret

_URL = (
    "`https://`, at most 2,000 characters, without user name and password; only addresses that the "
    "operator allows: by default public ones, at the ports 80, 443, 8080 and 8443. The operator "
    "can allow `http://`, other ports, and networks such as 127.0.0.0/8 for a receiver on the same "
    "machine."
)
_EVENTS = (
    "Types of events, families such as `enrollment.*`, or `*` for all; "
    "`GET /api/webhooks/events/` lists them."
)


class SecretTimesSerializer(serializers.Serializer[EndpointSecret]):
    """A secret that signs deliveries, without its text."""

    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(
        allow_null=True, help_text="End of the overlap; null of the newest."
    )


class EndpointSerializer(serializers.Serializer[Endpoint]):
    """An endpoint without its secret."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    url = serializers.CharField()
    subscribed_events = serializers.SerializerMethodField(help_text=_EVENTS)
    state = serializers.ChoiceField(
        choices=SHOWN_STATES,
        help_text="`paused` by you: deliveries wait. `disabled` after failures: nothing is "
        "recorded until you resume it.",
    )
    disabled_reason = serializers.SerializerMethodField(
        help_text="The stable code of why it was disabled."
    )
    failing_since = serializers.DateTimeField(
        allow_null=True, help_text="The first failure after the last success."
    )
    last_success_at = serializers.DateTimeField(
        allow_null=True, help_text="To within 10 seconds: of several in that time, the first."
    )
    secrets = serializers.SerializerMethodField(
        help_text="Those that sign deliveries now, newest first."
    )
    created_at = serializers.DateTimeField()

    @extend_schema_field(SecretTimesSerializer(many=True))
    def get_secrets(self, endpoint: Endpoint) -> Any:
        in_use: Any = endpoint_secrets.shown(endpoint, timezone.now())
        return SecretTimesSerializer(in_use, many=True).data

    def get_subscribed_events(self, endpoint: Endpoint) -> list[str]:
        return endpoints.patterns_of(endpoint)

    def get_disabled_reason(self, endpoint: Endpoint) -> str | None:
        return endpoint.disabled_reason or None


class EndpointWithSecretSerializer(EndpointSerializer):
    """An endpoint with its new secret."""

    secret = serializers.CharField(
        help_text="`whsec_` and the base64 of 32 bytes. Shown only in this answer."
    )


class CreateEndpointSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    url = serializers.CharField(max_length=2000, trim_whitespace=False, help_text=_URL)
    subscribed_events = PatternsField(help_text=_EVENTS)


class ChangeEndpointSerializer(serializers.Serializer[Any]):
    """The fields that can be changed. Those that are left out stay as they are."""

    read_only_names = frozenset(EndpointSerializer().fields)
    advice: ClassVar = {
        "state": "Call pause/ or resume/ below this address.",
        "secret": "Call regenerate_secret/ below this address.",
    }

    name = serializers.CharField(max_length=100, required=False)
    url = serializers.CharField(
        max_length=2000, trim_whitespace=False, required=False, help_text=_URL
    )
    subscribed_events = PatternsField(
        required=False, help_text=f"Replaces the list: at most {len(PATTERNS)}."
    )


class RegenerateSecretSerializer(serializers.Serializer[Any]):
    overlap_seconds = OverlapField(
        default=DEFAULT_OVERLAP,
        help_text="Time for which deliveries are signed with the old secret, too, 7 days at most. "
        "0 ends every old one at once.",
    )


class TestAnswerSerializer(serializers.Serializer[Answer]):
    """The receiver's answer to a test event."""

    delivered = serializers.BooleanField(source="succeeded", help_text="The status was 2xx.")
    status_code = serializers.IntegerField(allow_null=True, help_text="Null without an answer.")
    latency_ms = serializers.IntegerField(source="milliseconds")
    error = serializers.SerializerMethodField(help_text="The stable code of the failure.")
    answer = serializers.CharField(source="text", help_text="The first bytes of its body.")

    def get_error(self, answer: Answer) -> str | None:
        return answer.error or None


class PeriodSerializer(serializers.Serializer[Any]):
    days = WholeNumberField(min_value=1, max_value=figures.MOST_DAYS, default=figures.DEFAULT_DAYS)


class LatencySerializer(serializers.Serializer[figures.Latency]):
    """Percentiles of the time to an answer, in milliseconds."""

    attempts = serializers.IntegerField(help_text="Number of answered attempts that they are of.")
    p50 = serializers.IntegerField()
    p95 = serializers.IntegerField()
    p99 = serializers.IntegerField()


class CountsByStateSerializer(serializers.Serializer[Any]):
    """The number of deliveries in each state."""

    pending = serializers.IntegerField()
    delivered = serializers.IntegerField()
    exhausted = serializers.IntegerField()
    abandoned = serializers.IntegerField()


class EndpointStatsSerializer(serializers.Serializer[figures.EndpointFigures]):
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    deliveries = CountsByStateSerializer(
        help_text="Deliveries that were recorded in the period, by state."
    )
    is_complete = serializers.BooleanField(
        help_text=f"False if there are more than {figures.MOST_DELIVERIES:,}, of which the newest "
        "count."
    )
    success_rate = serializers.FloatField(
        allow_null=True, help_text="Share of delivered ones among the finished, 0 to 1."
    )
    latency = LatencySerializer(
        allow_null=True,
        help_text=f"Of the newest {figures.MOST_ATTEMPTS:,} attempts, those that were answered.",
    )
    last_success_at = serializers.DateTimeField(allow_null=True)
    failing_since = serializers.DateTimeField(allow_null=True)
