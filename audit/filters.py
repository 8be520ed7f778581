"""The filters of the audit log and of security events."""

from typing import Any

from django.db.models import QuerySet
from django_filters import CharFilter, ChoiceFilter

from audit.actions import Action, ActorType
from audit.models import SecurityEvent, Severity
from faceplatform.api.lists import Filters, MomentFilter


class EntryFilters(Filters):
    action = ChoiceFilter(choices=Action.choices)
    actor_type = ChoiceFilter(choices=ActorType.choices)
    actor_id = CharFilter(max_length=150, help_text="An API key's `id`.", method="of_credential")
    object_type = CharFilter(max_length=40)
    object_id = CharFilter(max_length=64)
    user_id = CharFilter(max_length=150)
    after = MomentFilter(field_name="at", lookup_expr="gte")
    before = MomentFilter(field_name="at", lookup_expr="lt")

    def of_credential(self, rows: QuerySet[Any], _: str, value: str) -> QuerySet[Any]:
        """Select by the actors whose id the list shows: the names of staff are not."""
        return rows.filter(actor_type=ActorType.CREDENTIAL, actor_id=value)


class EventFilters(Filters):
    kind = ChoiceFilter(choices=SecurityEvent._meta.get_field("kind").choices)
    severity = ChoiceFilter(choices=Severity.choices)
    after = MomentFilter(
        field_name="last_at", lookup_expr="gte", help_text="Last seen at or after this time."
    )
    before = MomentFilter(field_name="last_at", lookup_expr="lt")
