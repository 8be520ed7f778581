"""Accounts and gallery members, read only; password hashes are not shown."""

from django.contrib import admin

from faceplatform.sessions.admin import ReadOnlyAdmin
from legacy.models import GalleryMember, LegacyAccount


@admin.register(GalleryMember)
class GalleryMemberAdmin(ReadOnlyAdmin):
    shows_personal_data = True
    list_display = ("username", "group", "subject")
    list_filter = ("group",)
    search_fields = ("username", "subject__user_id")
    list_select_related = ("group", "subject")


@admin.register(LegacyAccount)
class LegacyAccountAdmin(ReadOnlyAdmin):
    shows_personal_data = True
    list_display = ("username", "client", "created_at")
    list_filter = ("client",)
    search_fields = ("username",)
    exclude = ("password",)
