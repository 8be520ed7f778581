"""Imports, read only. Their items are not shown: they name users, and there are thousands."""

from django.contrib import admin

from faceplatform.admin_lists import ClientFilter
from faceplatform.sessions.admin import ReadOnlyAdmin
from imports.models import ImportJob


@admin.register(ImportJob)
class ImportJobAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "client", "status", "reason", "total", "created_at", "finished_at")
    list_filter = (ClientFilter, "status")
    search_fields = ("=public_id",)
    search_help_text = "The import's id"
    list_prefetch = ("client",)
