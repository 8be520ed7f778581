"""Filters of the lists of endpoints, deliveries and attempts."""

from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, QuerySet
from django_filters import CharFilter, ChoiceFilter, UUIDFilter

from faceplatform.api.lists import Filters, MomentFilter
from webhooks.catalogue import EventType
from webhooks.models import Attempt, DeliveryState, Endpoint, EndpointState, Subscription


class EndpointFilters(Filters):
    state = ChoiceFilter(choices=EndpointState.choices)
    name = CharFilter(max_length=100, help_text="Only those of exactly this name.")
    event = ChoiceFilter(
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
    event_type = ChoiceFilter(choices=EventType.choices)
    created_after = MomentFilter(field_name="created_at", lookup_expr="gt")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lt")


class DeliveryFilters(FailedFilters):
    state = ChoiceFilter(choices=DeliveryState.choices)


class EventLogFilters(Filters):
    OUTCOMES: ClassVar = [("delivered", "delivered"), ("failed", "failed")]

    endpoint = UUIDFilter(field_name="endpoint__public_id", help_text="The endpoint's `id`.")
    event_type = ChoiceFilter(field_name="delivery__event_type", choices=EventType.choices)
    outcome = ChoiceFilter(choices=OUTCOMES, method="ended")
    after = MomentFilter(field_name="at", lookup_expr="gt")
    before = MomentFilter(field_name="at", lookup_expr="lt")

    def ended(self, rows: QuerySet[Attempt], _: str, outcome: Any) -> QuerySet[Attempt]:
        return rows.filter(error="") if outcome == "delivered" else rows.exclude(error="")
