"""What the admins of both kinds of sessions share: everything is read only, nothing is secret."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

# What Django's own filters put into the addresses of a list.
_OFFERED = ("exact", "isnull", "id__exact", "pk__exact")


class BoundLookups(admin.ModelAdmin):
    """Filters by what the list offers to filter by, and by nothing else.

    Django takes any lookup on any field from the address: a hash that no page shows can be guessed
    letter by letter, and a regular expression can keep a process busy.
    """

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return any(
            lookup in (name, *(f"{name}__{suffix}" for suffix in _OFFERED))
            for name in self.get_list_filter(request)
        )


class ReadOnlyAdmin(BoundLookups):
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
