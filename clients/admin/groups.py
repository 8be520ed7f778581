"""The admin of groups of users."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from clients.groups import services as groups
from clients.models import SubjectGroup
from faceplatform.admin_deletion import MOST_COUNTED, counted
from faceplatform.admin_lists import ClientFilter
from faceplatform.admin_panels import MOST_SHOWN, Panel, WithPanels, cells, first
from faceplatform.sessions.admin import DeletedByService, ReadOnlyAdmin


def _members(group: SubjectGroup) -> Panel:
    """Return the first members of a group, and how many there are up to a limit."""
    memberships = SubjectGroup.subjects.through.objects.filter(subjectgroup=group.pk)
    number = memberships.values("pk")[: MOST_COUNTED + 1].count()
    rows = first(memberships.select_related("subject").order_by("subject"))
    return Panel(
        title=f"Members, the first {MOST_SHOWN}",
        permission="clients.view_subject",
        columns=("User", "Name", "Active"),
        rows=cells([row.subject for row in rows], "user_id", "display_name", "is_active"),
        note=f"Number of members: {counted(number)}.",
    )


@admin.register(SubjectGroup)
class SubjectGroupAdmin(WithPanels, DeletedByService, ReadOnlyAdmin):
    """Groups, which clients make and fill by the API. A page lists the first members only: there
    may be a million."""

    shows_personal_data = True
    list_display = ("name", "client", "public_id")
    list_filter = (ClientFilter,)
    search_fields = ("=public_id", "^name")
    search_help_text = "The group's id, or the beginning of its name"
    list_prefetch = ("client",)
    ordering_within: ClassVar[dict[str, tuple[str, ...]]] = {"client": ("name",)}
    exclude = ("subjects",)
    panels = (_members,)

    def delete_model(self, request: HttpRequest, obj: SubjectGroup) -> None:
        groups.delete(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[SubjectGroup]) -> None:
        for group in queryset:
            groups.delete(group)
