"""The audit log and security events, which nobody changes or deletes by hand."""

from functools import cached_property
from typing import Any, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet

from audit.models import AuditEntry, SecurityEvent
from faceplatform.sessions.admin import DeletedWithClient

_MOST_COUNTED = 10_000


class BoundedPaginator(Paginator):
    """Counts a long list only so far: its pages end there."""

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        return len(rows.values_list("pk")[:_MOST_COUNTED])


class _LogAdmin(DeletedWithClient):
    paginator = BoundedPaginator
    show_full_result_count = False
    list_select_related = ("client",)


@admin.register(AuditEntry)
class AuditEntryAdmin(_LogAdmin):
    shows_personal_data = True
    list_display = (
        *("at", "client", "action", "actor_type", "actor_id"),
        *("object_type", "object_id", "user_id", "sequence"),
    )
    list_filter = ("action", "actor_type", "client")
    search_fields = ("=user_id", "=object_id", "=actor_id", "=request_id")
    exclude = ("salt",)
    ordering = ("-pk",)


@admin.register(SecurityEvent)
class SecurityEventAdmin(_LogAdmin):
    list_display = ("last_at", "client", "kind", "severity", "address", "count")
    list_filter = ("kind", "severity", "client")
    search_fields = ("=address",)
    list_select_related = ("client",)
    exclude = ("key",)
    ordering = ("-pk",)
