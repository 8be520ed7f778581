"""Filters of the lists of endpoints, deliveries and attempts."""

from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, QuerySet
from django_filters import CharFilter, ChoiceFilter, UUIDFilter

from faceplatform.api.lists import Filters, MomentFilter
from webhooks.catalogue import EventType
from webhooks.models import Attempt, DeliveryState, Endpoint, EndpointState, Subscription

SHOWN_STATES = [choice for choice in EndpointState.choices if choice[0] != EndpointState.DELETED]

_MESSAGE = "Only those of the message with this `webhook-id`."
_AFTER = "Only those recorded at this time or later."
_BEFORE = "Only those recorded before this time."


class EndpointFilters(Filters):
    state = ChoiceFilter(choices=SHOWN_STATES)
    name = CharFilter(max_length=100, help_text="Only those of exactly this name.")
    event_type = ChoiceFilter(
        choices=EventType.choices,
        method="told_of",
        help_text="Only those that are told of events of this type.",
    )

    def told_of(self, rows: QuerySet[Endpoint], _: str, event_type: str) -> QuerySet[Endpoint]:
        patterns = EventType(event_type).patterns
        own = Subscription.objects.filter(endpoint=OuterRef("pk"), pattern__in=patterns)
        return rows.filter(Exists(own))


class FailedFilters(Filters):
    """Filters of deliveries of one state."""

    endpoint = UUIDFilter(field_name="endpoint__public_id", help_text="The endpoint's `id`.")
    message_id = CharFilter(max_length=40, help_text=_MESSAGE)
    event_type = ChoiceFilter(choices=EventType.choices)
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte", help_text=_AFTER)
    created_before = MomentFilter(field_name="created_at", lookup_expr="lt", help_text=_BEFORE)


class DeliveryFilters(FailedFilters):
    state = ChoiceFilter(choices=DeliveryState.choices)


class EventLogFilters(Filters):
    OUTCOMES: ClassVar = [("delivered", "delivered"), ("failed", "failed")]

    endpoint = UUIDFilter(field_name="endpoint__public_id", help_text="The endpoint's `id`.")
    message_id = CharFilter(field_name="delivery__message_id", max_length=40, help_text=_MESSAGE)
    event_type = ChoiceFilter(field_name="delivery__event_type", choices=EventType.choices)
    outcome = ChoiceFilter(choices=OUTCOMES, method="ended")
    created_after = MomentFilter(
        field_name="at", lookup_expr="gte", help_text="Only attempts made at this time or later."
    )
    created_before = MomentFilter(
        field_name="at", lookup_expr="lt", help_text="Only attempts made before this time."
    )

    def ended(self, rows: QuerySet[Attempt], _: str, outcome: Any) -> QuerySet[Attempt]:
        return rows.filter(error="") if outcome == "delivered" else rows.exclude(error="")
