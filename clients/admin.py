"""Django admin of clients, credentials and users. Secrets are shown once, at creation."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from clients import credentials, services
from clients.models import Client, Credential, Subject


class CredentialInline(admin.TabularInline):
    model = Credential
    extra = 0
    can_delete = False
    fields = ("api_key", "created_at", "last_used_at", "revoked_at")
    readonly_fields = ("api_key", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Client)
class ClientAdmin(admin.ModelAdmin):
    list_display = ("name", "public_id", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name", "public_id")
    readonly_fields = ("public_id", "created_at")
    inlines = (CredentialInline,)
    actions = ("issue_credential",)

    def save_model(self, request: HttpRequest, obj: Client, form: Any, change: bool) -> None:  # noqa: FBT001
        super().save_model(request, obj, form, change)
        if not change:
            self._issue(request, obj)
        if not obj.is_active:
            services.switch_off(obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001
        super().save_formset(request, form, formset, change)
        for changed, _ in formset.changed_objects:
            if isinstance(changed, Credential) and changed.revoked_at is not None:
                credentials.revoke(changed)

    @admin.action(description="Issue a further API key (shown once)")
    def issue_credential(self, request: HttpRequest, queryset: Any) -> None:
        for client in queryset:
            self._issue(request, client)

    def _issue(self, request: HttpRequest, client: Client) -> None:
        issued = credentials.issue(client)
        self.message_user(
            request,
            f"{client.name}: API key {issued.credential.api_key}, API secret {issued.api_secret} "
            "(this is the only time the secret is shown).",
            messages.WARNING,
        )


@admin.register(Subject)
class SubjectAdmin(admin.ModelAdmin):
    list_display = ("user_id", "client", "is_active", "created_at")
    list_filter = ("is_active", "client")
    search_fields = ("user_id",)
    readonly_fields = ("public_id", "client", "user_id", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Subject) -> None:
        services.erase_subject(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Subject]) -> None:
        for subject in queryset:
            services.erase_subject(subject)
