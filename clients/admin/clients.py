"""The admin of clients, credentials and users. Secrets are shown once, at creation."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from clients import credentials, services
from clients.models import Client, Credential
from clients.quotas import CredentialLimitReached
from faceplatform.admin_lists import LargeList
from faceplatform.api.scopes import Scope
from faceplatform.events import CredentialChange
from faceplatform.sessions.admin import BoundLookups
from faceplatform.transactions import retried

_CHANGES = {
    "expires_at": CredentialChange.EXPIRY_SET,
    "name": CredentialChange.RENAMED,
    "scopes": CredentialChange.SCOPES_SET,
}


class CredentialForm(forms.ModelForm):
    """A credential with its scopes as boxes to tick; a key without any is of no use."""

    scopes = forms.MultipleChoiceField(
        choices=[(scope.value, scope.value) for scope in Scope],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Leave one scope at least. To end the key, revoke it."},
    )

    def clean_scopes(self) -> list[str]:
        return sorted(self.cleaned_data["scopes"])


class CredentialInline(admin.TabularInline):
    model = Credential
    form = CredentialForm
    extra = 0
    can_delete = False
    fields = (
        "api_key",
        "name",
        "scopes",
        "created_at",
        "last_used_at",
        "expires_at",
        "revoked_at",
    )
    readonly_fields = ("api_key", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Client)
class ClientAdmin(LargeList, BoundLookups):
    list_display = ("name", "public_id", "tier", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("=public_id", "^name")
    search_help_text = "The client's id, or the beginning of its name"
    fields = (
        "name",
        "is_active",
        "tier",
        "policy",
        "own_policy",
        "contact_name",
        "contact_email",
        "time_zone",
        "allowed_origins",
        "public_id",
        "created_at",
    )
    readonly_fields = ("own_policy", "public_id", "created_at")
    inlines = (CredentialInline,)
    actions = ("issue_credential",)

    def save_model(self, request: HttpRequest, obj: Client, form: Any, change: bool) -> None:  # noqa: FBT001
        before = services.recorded_of(obj.pk)
        super().save_model(request, obj, form, change)
        services.publish_change(obj, before=before)
        if not obj.is_active:
            services.switch_off(obj)
        if obstacle := services.obstacle_of(obj):
            self.message_user(request, obstacle, messages.WARNING)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001
        super().save_formset(request, form, formset, change)
        initial = {each.instance.pk: each.initial for each in formset.forms}
        for changed, names in formset.changed_objects:
            if not isinstance(changed, Credential):
                continue
            if "revoked_at" in names:
                credentials.end_revoked(changed)
            for name in (each for each in _CHANGES if each in names):
                before = {} if name == "expires_at" else {name: initial[changed.pk][name]}
                credentials.publish_change(changed, _CHANGES[name], by=None, before=before)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return the actions without Django's that deletes: each client is deleted by its name."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Delete a client, with everything that belongs to it, if its name was typed."""
        client = self.get_object(request, unquote(object_id))
        is_asked = request.method == "POST" and self.has_delete_permission(request, client)
        if is_asked and client is not None and request.POST.get("typed_name") != client.name:
            text = "Nothing was deleted: type the client's name as it is written here."
            self.message_user(request, text, messages.ERROR)
            return redirect(request.get_full_path())
        return super().delete_view(request, object_id, extra_context)

    def has_issue_permission(self, request: HttpRequest) -> bool:
        """Return True if the account may add credentials, because issuing an API key adds one."""
        return request.user.has_perm("clients.add_credential")

    def response_add(
        self, request: HttpRequest, obj: Client, post_url_continue: str | None = None
    ) -> HttpResponse:
        if self.has_issue_permission(request):
            return self._show_issued(request, [obj])
        text = "No API key was issued: your account may not add credentials."
        self.message_user(request, text, messages.WARNING)
        return super().response_add(request, obj, post_url_continue)

    @admin.action(description="Issue another API key (shown once)", permissions=["issue"])
    def issue_credential(
        self, request: HttpRequest, queryset: QuerySet[Client]
    ) -> HttpResponse | None:
        try:
            return self._show_issued(request, queryset)
        except CredentialLimitReached as e:
            self.message_user(request, e.detail, messages.ERROR)
            return None

    @retried
    @transaction.atomic
    def _show_issued(self, request: HttpRequest, clients: Iterable[Client]) -> HttpResponse:
        """Issue a key for each client and answer with the page that shows them.

        Only the answer to this POST contains the secrets: a message after a redirect would put them
        into a cookie. If the page cannot be rendered, no key is issued.
        """
        issued = [credentials.issue(client) for client in clients]
        for credential, _ in issued:
            self.log_change(request, credential.client, f"Issued API key {credential.api_key}.")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "API keys issued",
            "issued": issued,
        }
        return render(request, "admin/clients/client/issued.html", context)
