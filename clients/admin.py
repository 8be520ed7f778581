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
from clients.groups import services as groups
from clients.lockout import services as lockout
from clients.models import (
    AddressAttempts,
    Client,
    Credential,
    ErasureReceipt,
    ErasureTrigger,
    Subject,
    SubjectGroup,
)
from clients.quotas import CredentialLimitReached
from clients.users.erasure import erase_subject
from clients.users.services import end_sessions, publish_changes, recorded_of
from faceplatform.api.scopes import Scope
from faceplatform.events import CredentialChange
from faceplatform.sessions.admin import (
    BoundLookups,
    DeletedByService,
    DeletedWithClient,
    ReadOnlyAdmin,
)
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
class ClientAdmin(BoundLookups):
    list_display = ("name", "public_id", "tier", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name", "public_id")
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


@admin.register(Subject)
class SubjectAdmin(DeletedByService, BoundLookups):
    shows_personal_data = True
    list_display = (
        "user_id",
        "client",
        "is_active",
        "consent_given_at",
        "expires_at",
        "created_at",
    )
    list_filter = ("is_active", "client")
    search_fields = ("user_id",)
    readonly_fields = ("public_id", "client", "user_id", "created_at")
    list_select_related = ("client",)
    actions = ("unlock",)

    @admin.action(description="Unlock selected users", permissions=["change"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[Subject]) -> None:
        for subject in queryset:
            lockout.unlock(subject)
            self.log_change(request, subject, "Unlocked.")
        self.message_user(request, "The users are unlocked.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Subject, form: Any, change: bool) -> None:  # noqa: FBT001
        before = recorded_of(obj.pk)
        super().save_model(request, obj, form, change)
        publish_changes(obj, before=before)
        if not obj.is_active:
            end_sessions(obj)

    def delete_model(self, request: HttpRequest, obj: Subject) -> None:
        erase_subject(obj, trigger=ErasureTrigger.ADMIN)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Subject]) -> None:
        for subject in queryset:
            erase_subject(subject, trigger=ErasureTrigger.ADMIN)


@admin.register(SubjectGroup)
class SubjectGroupAdmin(DeletedByService, ReadOnlyAdmin):
    """Groups, which clients make and fill by the API. Their members are not listed: there may be a
    million."""

    list_display = ("name", "client", "public_id")
    list_filter = ("client",)
    search_fields = ("name", "public_id")
    list_select_related = ("client",)
    exclude = ("subjects",)

    def delete_model(self, request: HttpRequest, obj: SubjectGroup) -> None:
        groups.delete(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[SubjectGroup]) -> None:
        for group in queryset:
            groups.delete(group)


@admin.register(AddressAttempts)
class AddressAttemptsAdmin(ReadOnlyAdmin):
    """Addresses from which identifications failed. An unlock takes the count away, as deleting the
    row does, and needs the same permission."""

    list_display = ("address", "client", "failures", "failed_at", "locked_at")
    list_filter = ("client",)
    search_fields = ("address",)
    list_select_related = ("client",)
    actions = ("unlock",)

    def has_unlock_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("clients.delete_addressattempts")

    @admin.action(description="Unlock selected addresses", permissions=["unlock"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[AddressAttempts]) -> None:
        for count in queryset:
            lockout.unlock_address(count.client, count.address)
            self.log_change(request, count, "Unlocked.")
        self.message_user(request, "The addresses are unlocked.")


@admin.register(ErasureReceipt)
class ErasureReceiptAdmin(DeletedWithClient):
    """Receipts stay, because they prove an erasure, until their client is deleted."""

    list_display = ("public_id", "client", "erased", "trigger", "erased_at")
    list_filter = ("erased", "trigger", "client")
    search_fields = ("public_id",)
    list_select_related = ("client",)
