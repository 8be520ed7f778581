"""Security alerts. They are resolved once, with a note, and deleted with their client or by age."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from analytics import log
from analytics.errors import AlertResolved
from analytics.models import AlertRecord
from clients.models import Credential
from faceplatform.admin_lists import ClientFilter, FlagFilter, ValuesFilter
from faceplatform.admin_panels import link
from faceplatform.sessions.admin import DeletedWithClient

_CHANGE = "analytics.change_alertrecord"
_CREDENTIAL_ID = "credential_id"


class AlertFilter(ValuesFilter):
    title = "alert"
    parameter_name = "alert"


class NoteForm(forms.Form):
    note = forms.CharField(
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What you found. The client reads it, and not your name.",
    )


@admin.register(AlertRecord)
class AlertRecordAdmin(DeletedWithClient):
    shows_personal_data = True
    change_form_template = "analytics/admin_alert.html"
    list_display = ("raised_at", "client", "alert", "is_resolved", "resolved_at", "public_id")
    list_filter = (ClientFilter, ("is_resolved", FlagFilter), AlertFilter)
    search_fields = ("=public_id",)
    search_help_text = "The alert's id"
    list_prefetch = ("client",)
    ordering_within: ClassVar[dict[str, tuple[str, ...]]] = {"client": ("-raised_at", "-pk")}
    fields: ClassVar[tuple[str, ...]] = (
        *("raised_at", "client", "alert", "user", "facts", "public_id"),
        *("is_resolved", "resolved_at", "resolver", "note"),
    )
    readonly_fields = ("user", "facts", "resolver", "public_id")
    actions = ("resolve",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return True for the action, if the account may change rows; False for each form."""
        return obj is None and request.user.has_perm(_CHANGE)

    @admin.display(description="user")
    def user(self, alert: AlertRecord) -> str | SafeString:
        """Return the user's id, which leads to the user's page."""
        return "-" if alert.subject is None else link(alert.subject, alert.subject.user_id)

    @admin.display(description="detail")
    def facts(self, alert: AlertRecord) -> str | SafeString:
        """Return a table of the detail, an API key by its own name."""
        if not alert.detail:
            return "-"
        rows = (
            (name.replace("_", " "), _key(alert, value) if name == _CREDENTIAL_ID else value)
            for name, value in alert.detail.items()
        )
        cells = format_html_join("", '<tr><th scope="row">{}</th><td>{}</td></tr>', rows)
        return format_html("<table><tbody>{}</tbody></table>", cells)

    @admin.display(description="resolved by")
    def resolver(self, alert: AlertRecord) -> str | SafeString:
        """Return the API key that resolved it, or that staff did; the audit log has the name."""
        if not alert.is_resolved:
            return "-"
        return "staff" if alert.resolved_by is None else _key(alert, alert.resolved_by)

    def get_urls(self) -> list[URLPattern]:
        resolve = path(
            "<int:pk>/resolve/",
            self.admin_site.admin_view(self.resolve_one),
            name="analytics_alertrecord_resolve",
        )
        return [resolve, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        alert = kwargs.get("obj")
        if alert is not None and not alert.is_resolved and request.user.has_perm(_CHANGE):
            context["note_form"] = NoteForm()
        return super().render_change_form(request, context, *args, **kwargs)

    def resolve_one(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Resolve an alert with the note that its page sends."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        alert: AlertRecord | None = self.get_object(request, str(pk))
        if not self.has_view_permission(request, alert) or not request.user.has_perm(_CHANGE):
            raise PermissionDenied
        if alert is None:
            raise Http404
        form = NoteForm(request.POST)
        if not form.is_valid():
            self.message_user(request, " ".join(map(str, form.errors["note"])), messages.ERROR)
        elif self._resolve(request, alert, form.cleaned_data["note"]):
            self.message_user(request, "The alert is resolved.")
        return redirect("admin:analytics_alertrecord_change", pk)

    @admin.action(description="Resolve the selected alerts, without a note", permissions=["change"])
    def resolve(self, request: HttpRequest, queryset: QuerySet[AlertRecord]) -> None:
        number = sum(self._resolve(request, alert, "") for alert in queryset)
        self.message_user(request, f"Resolved: {number}")

    def _resolve(self, request: HttpRequest, alert: AlertRecord, note: str) -> bool:
        """Resolve an alert and record it; return False, and say so, if it was resolved before."""
        try:
            log.resolve(alert.client, alert.public_id, by=None, note=note)
        except AlertResolved as e:
            self.message_user(request, f"{alert}: {e.detail}", messages.WARNING)
            return False
        self.log_change(request, alert, "Resolved.")
        return True


def _key(alert: AlertRecord, credential_id: object) -> str | SafeString:
    """Return an API key by its name, which leads to its client's page; its id if it is gone."""
    rows = Credential.objects.filter(client=alert.client_id, public_id=str(credential_id))
    credential = rows.select_related("client").first()
    if credential is None:
        return str(credential_id)
    name = f" ({credential.name})" if credential.name else ""
    return link(credential.client, f"{credential.api_key}{name}")
