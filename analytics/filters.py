"""Filters of the lists."""

from typing import Any

from django.db.models import QuerySet
from django_filters import CharFilter, ChoiceFilter

from analytics.models import AlertRecord, Outcome, SessionFact, SessionType
from clients.models import Subject
from faceplatform.api.lists import BooleanFilter, Filters, MomentFilter
from faceplatform.sessions.models import CaptureType
from faceplatform.sessions.reasons import Reason


class AuthLogFilters(Filters):
    user_id = CharFilter(
        method="of_user",
        max_length=150,
        strip=False,
        help_text="The user a session was opened for, or that an identification recognized.",
    )
    session_type = ChoiceFilter(choices=SessionType.choices)
    capture_type = ChoiceFilter(choices=CaptureType.choices)
    source = CharFilter(max_length=20, help_text="The API that the session was opened through.")
    outcome = ChoiceFilter(choices=Outcome.choices)
    reason = ChoiceFilter(choices=Reason.choices)
    ended_after = MomentFilter(field_name="ended_at", lookup_expr="gte")
    ended_before = MomentFilter(field_name="ended_at", lookup_expr="lt")

    class Meta(Filters.Meta):
        model = SessionFact
        fields: list[str] = []

    def of_user(self, rows: QuerySet[Any], _: str, user_id: str) -> QuerySet[Any]:
        """Limit the rows to those of a user of their client."""
        client = self.request.user.client.pk
        subject = Subject.objects.filter(client=client, user_id=user_id).first()
        return rows.filter(subject=subject) if subject else rows.none()


class AlertFilters(Filters):
    alert = CharFilter(max_length=50)
    is_resolved = BooleanFilter()
    raised_after = MomentFilter(field_name="raised_at", lookup_expr="gte")
    raised_before = MomentFilter(field_name="raised_at", lookup_expr="lt")

    class Meta(Filters.Meta):
        model = AlertRecord
        fields: list[str] = []
