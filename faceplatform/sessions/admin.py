"""Bases of the admins of both kinds of sessions: read only, and no secret is shown."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

# Suffixes that Django's own filters put into the address of a list.
_OFFERED = ("exact", "isnull", "id__exact", "pk__exact")


class BoundLookups(admin.ModelAdmin):
    """An admin whose lists are filtered by the filters they offer, and by nothing else.

    Django takes any lookup on any field from the address: a hash that no page shows could be
    guessed letter by letter, and a regular expression could keep a process busy.
    """

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return any(
            lookup in (name, *(f"{name}__{suffix}" for suffix in _OFFERED))
            for name in self.get_list_filter(request)
        )


class ReadOnlyAdmin(BoundLookups):
    """An admin of rows that only the product writes. They can be deleted, for good."""

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
