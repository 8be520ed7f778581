"""The admin of groups of users."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from clients.groups import services as groups
from clients.models import SubjectGroup
from faceplatform.admin_lists import ClientFilter
from faceplatform.sessions.admin import DeletedByService, ReadOnlyAdmin


@admin.register(SubjectGroup)
class SubjectGroupAdmin(DeletedByService, ReadOnlyAdmin):
    """Groups, which clients make and fill by the API."""

    list_display = ("name", "client", "public_id")
    list_filter = (ClientFilter,)
    search_fields = ("=public_id", "^name")
    search_help_text = "The group's id, or the beginning of its name"
    list_prefetch = ("client",)
    ordering_within: ClassVar[dict[str, tuple[str, ...]]] = {"client": ("name", "pk")}
    exclude = ("subjects",)

    def delete_model(self, request: HttpRequest, obj: SubjectGroup) -> None:
        groups.delete(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[SubjectGroup]) -> None:
        for group in queryset:
            groups.delete(group)
