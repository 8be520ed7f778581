"""The API keys of a client in the admin: a row each, and pages that revoke and replace one."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from clients import credentials, key_management
from clients.accounts.serializers import DEFAULT_OVERLAP, MAX_OVERLAP
from clients.credentials import IssuedCredential
from clients.models import Client, Credential
from faceplatform.api.scopes import Scope
from faceplatform.errors import FaceplatformError
from faceplatform.events import CredentialChange
from faceplatform.transactions import retried

CHANGE, ADD = "clients.change_credential", "clients.add_credential"
# Columns that the form of a client changes, and what is published of it.
_CHANGES = {
    "expires_at": CredentialChange.EXPIRY_SET,
    "name": CredentialChange.RENAMED,
    "scopes": CredentialChange.SCOPES_SET,
}
_OVERLAPS = {
    timedelta(0): "At once",
    timedelta(hours=1): "After an hour",
    DEFAULT_OVERLAP: "After a day",
    MAX_OVERLAP: "After 7 days",
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


class RotationForm(forms.Form):
    """The end of a key that is replaced."""

    overlap = forms.TypedChoiceField(
        label="The old key ends",
        choices=[(int(each.total_seconds()), label) for each, label in _OVERLAPS.items()],
        coerce=lambda seconds: timedelta(seconds=int(seconds)),
        initial=int(DEFAULT_OVERLAP.total_seconds()),
    )


class CredentialInline(admin.TabularInline):
    model = Credential
    form = CredentialForm
    extra = 0
    can_delete = False
    fields = ("api_key", "name", "scopes", "created_at", "last_used_at", "expires_at", "state")
    readonly_fields = ("api_key", "created_at", "last_used_at", "state", "buttons")
    # Of this request's account: an inline is made for each request.
    may_rotate = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        self.may_rotate = request.user.has_perms([CHANGE, ADD])
        return (*self.fields, "buttons") if request.user.has_perm(CHANGE) else self.fields

    @admin.display(description="state")
    def state(self, credential: Credential) -> str:
        """Return the words for it: in use, replaced, expired, or revoked, and since when."""
        if credential.revoked_at is not None:
            return f"Revoked {credential.revoked_at:%Y-%m-%d %H:%M:%S} UTC"
        if not credential.is_in_use(timezone.now()):
            return "Expired"
        return "In use" if credential.replaced_at is None else "Replaced, in its overlap"

    @admin.display(description="actions")
    def buttons(self, credential: Credential) -> str | SafeString:
        """Return links to the pages that replace and revoke a key; none for one that has ended."""
        if not credential.is_in_use(timezone.now()):
            return ""
        names = ("rotate", "revoke") if self.may_rotate else ("revoke",)
        links = [
            format_html(
                '<a class="button" href="{}">{}</a>', address_of(name, credential), name.title()
            )
            for name in names
        ]
        return SafeString(" ".join(links))


def address_of(page: str, credential: Credential) -> str:
    """Return the address of the page that revokes or rotates a key."""
    return reverse(f"admin:clients_credential_{page}", args=[credential.client_id, credential.pk])


class KeyPages(admin.ModelAdmin):
    """The admin of clients: what it does with their keys."""

    def get_urls(self) -> list[URLPattern]:
        base = "<int:client_pk>/credentials/<int:credential_pk>"
        view = self.admin_site.admin_view
        own = [
            path(f"{base}/revoke/", view(self.revoke), name="clients_credential_revoke"),
            path(f"{base}/rotate/", view(self.rotate), name="clients_credential_rotate"),
        ]
        return [*own, *super().get_urls()]

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001
        """Save what was changed of each key, and no other column: a key that was revoked after the
        form was read stays revoked."""
        initial = {each.instance.pk: each.initial for each in formset.forms}
        formset.save(commit=False)
        for changed, names in formset.changed_objects:
            changed.save(update_fields=names)
            for name in (each for each in _CHANGES if each in names):
                before = {} if name == "expires_at" else {name: initial[changed.pk][name]}
                credentials.publish_change(changed, _CHANGES[name], by=None, before=before)

    def revoke(self, request: HttpRequest, client_pk: int, credential_pk: int) -> HttpResponse:
        """Ask, and revoke a key at once."""
        credential = self._credential(request, client_pk, credential_pk, [CHANGE])
        if request.method != "POST":
            return self._page(request, "revoke", credential)
        credentials.revoke(credential)
        self.log_change(request, credential.client, f"Revoked API key {credential.api_key}.")
        self.message_user(request, f"The key {credential.api_key} is revoked.")
        return redirect("admin:clients_client_change", client_pk)

    def rotate(self, request: HttpRequest, client_pk: int, credential_pk: int) -> HttpResponse:
        """Ask for the overlap, and replace a key: the answer shows the new one's secret."""
        credential = self._credential(request, client_pk, credential_pk, [CHANGE, ADD])
        form = RotationForm(request.POST if request.method == "POST" else None)
        if not form.is_valid():
            return self._page(request, "rotate", credential, form=form)
        try:
            return self._rotated(request, credential, form.cleaned_data["overlap"])
        except FaceplatformError as e:
            self.message_user(request, e.detail or e.title, messages.ERROR)
            return redirect("admin:clients_client_change", client_pk)

    @retried
    @transaction.atomic
    def _rotated(
        self, request: HttpRequest, credential: Credential, overlap: timedelta
    ) -> HttpResponse:
        """Replace the key and render its successor; if that fails, nothing is replaced."""
        issued = key_management.rotate_for_operator(credential, overlap=overlap)
        text = f"Replaced API key {credential.api_key} by {issued.credential.api_key}."
        self.log_change(request, credential.client, text)
        return self.issued_page(request, [issued])

    def issued_page(self, request: HttpRequest, issued: list[IssuedCredential]) -> HttpResponse:
        """Return the page that shows secrets, once. It is the answer to the POST that made them: a
        message after a redirect would put them into a cookie."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "API keys issued",
            "issued": issued,
        }
        return render(request, "admin/clients/client/issued.html", context)

    def _credential(
        self, request: HttpRequest, client_pk: int, credential_pk: int, permissions: list[str]
    ) -> Credential:
        """Return the client's key.

        Raises:
            PermissionDenied: the account lacks one of the permissions, or may not see the client.
            Http404: the client has no such key.
        """
        client: Client | None = self.get_object(request, str(client_pk))
        may_see = self.has_view_permission(request, client)
        if not may_see or not request.user.has_perms(permissions):
            raise PermissionDenied
        rows = Credential.objects.filter(client=client_pk, pk=credential_pk)
        credential = rows.select_related("client").first()
        if credential is None:
            raise Http404
        return credential

    def _page(
        self, request: HttpRequest, page: str, credential: Credential, **context: Any
    ) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{page.title()} an API key",
            "credential": credential,
            "is_in_use": credential.is_in_use(timezone.now()),
        }
        return render(request, f"admin/clients/client/{page}.html", shared | context)
