"""Accounts and gallery members, read only; password hashes are not shown."""

from typing import ClassVar

from django.contrib import admin

from faceplatform.admin_lists import ClientFilter, GroupFilter
from faceplatform.sessions.admin import ReadOnlyAdmin
from legacy.models import GalleryMember, LegacyAccount


@admin.register(GalleryMember)
class GalleryMemberAdmin(ReadOnlyAdmin):
    shows_personal_data = True
    list_display = ("username", "group", "subject")
    list_filter = (GroupFilter,)
    search_fields = ("^username", "=subject__public_id", "=subject__user_id")
    search_help_text = "The beginning of a username, or a user's id in full"
    list_prefetch = ("group", "subject")
    ordering_within: ClassVar[dict[str, tuple[str, ...]]] = {"group": ("username",)}


@admin.register(LegacyAccount)
class LegacyAccountAdmin(ReadOnlyAdmin):
    shows_personal_data = True
    list_display = ("username", "client", "created_at")
    list_filter = (ClientFilter,)
    search_fields = ("^username",)
    search_help_text = "The beginning of a username"
    list_prefetch = ("client",)
    ordering_within: ClassVar[dict[str, tuple[str, ...]]] = {"client": ("username",)}
    exclude = ("password",)
