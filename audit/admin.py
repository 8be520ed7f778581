"""The audit log and security events, which nobody changes or deletes by hand."""

from typing import ClassVar

from django.contrib import admin

from audit.models import AuditEntry, SecurityEvent
from faceplatform.admin_lists import ClientFilter
from faceplatform.sessions.admin import DeletedWithClient


@admin.register(AuditEntry)
class AuditEntryAdmin(DeletedWithClient):
    shows_personal_data = True
    list_display = (*("at", "client", "action", "actor", "object", "user_id", "sequence"),)
    list_filter = (ClientFilter, "action", "actor_type")
    search_fields = ("=public_id", "=user_id", "=object_id", "=actor_id", "=request_id")
    search_help_text = "In full: the entry's id, or that of a user, object, actor or request"
    list_prefetch = ("client",)
    ordering_within: ClassVar[dict[str, tuple[str, ...]]] = {"client": ("-at", "-pk")}
    exclude = ("salt",)

    @admin.display(description="actor")
    def actor(self, entry: AuditEntry) -> str:
        """Return the kind of actor, and its id or name."""
        return f"{entry.get_actor_type_display()} {entry.actor_id}".rstrip()

    @admin.display(description="object", empty_value="-")
    def object(self, entry: AuditEntry) -> str:
        """Return the kind of object, and its id."""
        return f"{entry.object_type} {entry.object_id}".rstrip()


@admin.register(SecurityEvent)
class SecurityEventAdmin(DeletedWithClient):
    list_display = ("last_at", "client", "kind", "severity", "address", "count")
    list_filter = (ClientFilter, "kind", "severity")
    search_fields = ("=public_id", "=address")
    search_help_text = "The event's id, or an address, in full"
    list_prefetch = ("client",)
    ordering = ("-last_at", "-pk")
    # An address has an index of its own, which goes on with the key.
    ordering_within: ClassVar[dict[str, tuple[str, ...]]] = {"q": ("-pk",)}
    exclude = ("key",)
