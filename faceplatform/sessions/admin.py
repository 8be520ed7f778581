"""What the admins of both kinds of sessions share: everything is read only, nothing is secret."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that only the product writes. They can be deleted, which removes them for good."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CaptureSessionAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "client", "subject", "status", "reason", "created_at")
    list_filter = ("status", "reason", "client")
    search_fields = ("public_id", "subject__user_id")
    list_select_related = ("client", "subject")
    exclude = ("token_digest",)
