"""The admin of clients, with the form of their policy."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from clients import credentials, deletion, services
from clients.admin import policy_form
from clients.admin.keys import ADD, CredentialInline, KeyPages
from clients.admin.policy_form import Key
from clients.models import Client
from clients.quotas import CredentialLimitReached
from faceplatform.admin_deletion import BoundedDeletion
from faceplatform.admin_lists import FlagFilter, LargeList
from faceplatform.conf import CapturePolicy, PolicyInvalid, capture_policy
from faceplatform.errors import ConfigurationError
from faceplatform.sessions.admin import BoundLookups
from faceplatform.transactions import retried

_KEYS = policy_form.keys_of(CapturePolicy)


class _WithPolicy(forms.ModelForm):
    """A client's form. It stores the keys of the policy that are not left at their default."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(policy_form.initial_of(_KEYS, self.instance.policy))

    def clean(self) -> dict[str, Any] | None:
        super().clean()
        overrides = policy_form.overrides_of(_KEYS, self.cleaned_data)
        try:
            capture_policy(overrides)
        except PolicyInvalid as e:
            for fault in e.faults:
                self.add_error(policy_form.field_at(_KEYS, fault.path), fault.message)
        else:
            self.instance.policy = overrides
        return self.cleaned_data


ClientForm = type(
    "ClientForm",
    (_WithPolicy,),
    {key.field_name: policy_form.field_of(key) for key in _KEYS},
)


def _policy_fieldsets() -> list[tuple[str, dict[str, Any]]]:
    """Return a fieldset for the policy, and one for each object within it."""
    by_object: dict[tuple[str, ...], list[Key]] = {}
    for key in _KEYS:
        by_object.setdefault(key.path[:-1], []).append(key)
    return [
        (
            ": ".join(("Policy", *around)),
            {"fields": [key.field_name for key in keys], "classes": ["collapse"]},
        )
        for around, keys in by_object.items()
    ]


@admin.register(Client)
class ClientAdmin(KeyPages, LargeList, BoundedDeletion, BoundLookups):
    list_display = (
        *("name", "public_id", "tier", "is_active", "is_sandbox", "created_at"),
        "deletion_asked_at",
    )
    list_filter = (("is_active", FlagFilter),)
    search_fields = ("=public_id", "^name")
    search_help_text = "The client's id, or the beginning of its name"
    form = ClientForm
    readonly_fields = (
        *(
            "limits_in_force",
            "policy_in_force",
            "own_policy",
            "public_id",
            "created_at",
            "deletion_asked_at",
        ),
    )
    inlines = (CredentialInline,)
    actions = ("issue_credential",)
    _described: ClassVar[tuple[str, ...]] = (
        *("name", "is_active", "is_sandbox", "tier", "limits", "contact_name", "contact_email"),
        *("time_zone", "allowed_origins", "public_id", "created_at", "deletion_asked_at"),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Client | None = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else (*fields, "is_sandbox")

    def get_fieldsets(self, request: HttpRequest, obj: Client | None = None) -> Any:
        in_force = ("In force", {"fields": ["limits_in_force", "policy_in_force", "own_policy"]})
        if obj is None:
            return [(None, {"fields": self._described}), *_policy_fieldsets()]
        changed = _policy_fieldsets() if self.has_change_permission(request, obj) else []
        return [(None, {"fields": self._described}), *changed, in_force]

    @admin.display(description="policy in force")
    def policy_in_force(self, client: Client) -> str | SafeString:
        """Return a table of the policy of new sessions; values that are not the default stand
        out."""
        try:
            values = client.capture_policy.model_dump(mode="json")
        except ConfigurationError as e:
            return f"No session opens: {e.detail}"
        rows = ((key, policy_form.value_at(values, key.path)) for key in _KEYS)
        return _table((".".join(key.path), _shown(key, value)) for key, value in rows)

    @admin.display(description="limits in force")
    def limits_in_force(self, client: Client) -> SafeString:
        """Return a table of the tier's limits with the client's own, which stand out."""
        stored = Client.objects.get(pk=client.pk)  # not those of a form that is refused
        return _table(
            (name, format_html("<strong>{}</strong>", value) if name in stored.limits else value)
            for name, value in stored.limits_in_force.model_dump().items()
        )

    def save_model(self, request: HttpRequest, obj: Client, form: Any, change: bool) -> None:  # noqa: FBT001
        before = services.recorded_of(obj.pk)
        if change:
            obj.save(update_fields=_columns(form.changed_data))
        else:
            obj.save()
        services.publish_change(obj, before=before)
        if not obj.is_active:
            services.switch_off(obj)
        if obstacle := services.obstacle_of(obj):
            self.message_user(request, obstacle, messages.WARNING)
        unknown = policy_form.unknown_in(_KEYS, before.get("policy", {}))
        if unknown and "policy" in _columns(form.changed_data):
            text = f"Keys that this release does not know were removed: {', '.join(unknown)}."
            self.message_user(request, text, messages.WARNING)

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

    def delete_model(self, request: HttpRequest, obj: Client) -> None:
        deletion.ask(obj)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        text = (
            f"The client “{obj_display}” is being deleted: its keys are refused from now on, and "
            "housekeeping removes its data in the next minutes. It stays in this list until then."
        )
        self.message_user(request, text, messages.SUCCESS)
        return redirect("admin:clients_client_changelist")

    def has_change_permission(self, request: HttpRequest, obj: Client | None = None) -> bool:
        """Return False for a client that is being deleted, so that nobody activates it again."""
        is_going = obj is not None and obj.deletion_asked_at is not None
        return not is_going and super().has_change_permission(request, obj)

    def has_issue_permission(self, request: HttpRequest) -> bool:
        """Return True if the account may add credentials, because issuing an API key adds one."""
        return request.user.has_perm(ADD)

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

        If the page cannot be rendered, no key is issued.
        """
        issued = [credentials.issue(client) for client in clients]
        for credential, _ in issued:
            self.log_change(request, credential.client, f"Issued API key {credential.api_key}.")
        return self.issued_page(request, issued)


def _table(rows: Iterable[tuple[str, Any]]) -> SafeString:
    cells = format_html_join("", '<tr><th scope="row">{}</th><td>{}</td></tr>', rows)
    return format_html("<table><tbody>{}</tbody></table>", cells)


def _shown(key: Key, value: Any) -> str | SafeString:
    """Return a value of the policy in words, bold if it is not the default."""
    words = key.labels.get(value, str(value)) if key.labels else str(value)
    return words if value == key.default else format_html("<strong>{}</strong>", words)


def _columns(names: list[str]) -> list[str]:
    """Return the columns of the form's fields. Others are not saved: the client itself may have
    changed its policy since the form was read."""
    own = [name for name in names if not name.startswith(policy_form.PREFIX)]
    return own if len(own) == len(names) else [*own, "policy"]
