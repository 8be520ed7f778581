"""Security alerts. They are resolved by an action, and deleted with their client or by age."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from analytics import log
from analytics.errors import AlertResolved
from analytics.models import AlertRecord
from faceplatform.admin_lists import ClientFilter, FlagFilter, ValuesFilter
from faceplatform.sessions.admin import DeletedWithClient


class AlertFilter(ValuesFilter):
    title = "alert"
    parameter_name = "alert"


@admin.register(AlertRecord)
class AlertRecordAdmin(DeletedWithClient):
    shows_personal_data = True
    list_display = ("raised_at", "client", "alert", "is_resolved", "resolved_at", "public_id")
    list_filter = (ClientFilter, ("is_resolved", FlagFilter), AlertFilter)
    search_fields = ("=public_id",)
    search_help_text = "The alert's id"
    list_prefetch = ("client",)
    ordering_within: ClassVar[dict[str, tuple[str, ...]]] = {"client": ("-raised_at", "-pk")}
    actions = ("resolve",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return True for the action, if the account may change rows; False for each form."""
        return obj is None and request.user.has_perm("analytics.change_alertrecord")

    @admin.action(description="Resolve the selected alerts", permissions=["change"])
    def resolve(self, request: HttpRequest, queryset: QuerySet[AlertRecord]) -> None:
        number = 0
        for alert in queryset:
            try:
                log.resolve(alert.client, alert.public_id, by=None, note="")
            except AlertResolved as e:
                self.message_user(request, f"{alert}: {e.detail}", messages.WARNING)
            else:
                self.log_change(request, alert, "Resolved.")
                number += 1
        self.message_user(request, f"Resolved: {number}")
