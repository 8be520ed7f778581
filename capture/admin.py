"""The admin of looks. Clients set them by the API; staff sees them, and deletes misleading ones."""

from typing import ClassVar

from django.contrib import admin

from capture.models import CaptureLook
from faceplatform.admin_lists import ClientFilter
from faceplatform.sessions.admin import ReadOnlyAdmin


@admin.register(CaptureLook)
class CaptureLookAdmin(ReadOnlyAdmin):
    list_display = ("client", "name", "theme", "logo_id")
    list_filter = (ClientFilter,)
    search_fields = ("=logo_id",)
    search_help_text = "The logo's id, as in its address"
    list_prefetch = ("client",)
    fields: ClassVar[tuple[str, ...]] = (
        *("client", "name", "theme", "colors", "texts", "notice"),
        *("allowed_parents", "return_origins", "logo_id"),
    )
