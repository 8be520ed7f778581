"""The admin of users."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework import serializers

from clients.lockout import services as lockout
from clients.models import ErasureTrigger, Subject, SubjectGroup
from clients.users.enrolled import with_enrolled
from clients.users.erasure import erase_subject
from clients.users.services import end_sessions, publish_changes, recorded_of
from faceplatform.admin_lists import ClientFilter, FlagFilter, LargeList
from faceplatform.admin_panels import MOST_SHOWN, Panel, WithPanels, cells, first
from faceplatform.api.fields import MetadataField
from faceplatform.sessions.admin import BoundLookups, DeletedByService


def _groups(subject: Subject) -> Panel:
    """Return the groups that the user is in, the first of them."""
    memberships = SubjectGroup.subjects.through.objects.filter(subject=subject.pk)
    rows = first(memberships.select_related("subjectgroup").order_by("pk"))
    return Panel(
        title=f"Groups, the first {MOST_SHOWN}",
        permission="clients.view_subjectgroup",
        columns=("Name", "Id"),
        rows=cells([row.subjectgroup for row in rows], "name", "public_id"),
    )


class SubjectForm(forms.ModelForm):
    """A user's form, with the API's bounds of the metadata."""

    def clean_metadata(self) -> dict[str, Any]:
        try:
            given = self.cleaned_data["metadata"]
            metadata: dict[str, Any] = MetadataField().run_validation(
                {} if given is None else given
            )
        except serializers.ValidationError as e:
            raise ValidationError([str(fault) for fault in e.detail]) from e
        return metadata


@admin.register(Subject)
class SubjectAdmin(WithPanels, DeletedByService, LargeList, BoundLookups):
    """Users, whom clients create by the API. Apps above add what they know of one."""

    shows_personal_data = True
    form = SubjectForm
    list_display = (
        "user_id",
        "client",
        "is_active",
        "enrolled",
        "consent_given_at",
        "expires_at",
        "created_at",
    )
    list_filter = (ClientFilter, ("is_active", FlagFilter))
    search_fields = ("=public_id", "^user_id")
    search_help_text = "The service's id of the user, or the beginning of the client's own"
    list_prefetch = ("client",)
    ordering_within: ClassVar[dict[str, tuple[str, ...]]] = {"client": ("-created_at", "-pk")}
    readonly_fields = ("public_id", "client", "user_id", "created_at", "enrolled", "lockout")
    fieldsets = (
        (None, {"fields": ("user_id", "client", "public_id", "display_name", "metadata")}),
        ("State", {"fields": ("is_active", "enrolled", "lockout", "created_at", "expires_at")}),
        (
            "Consent",
            {"fields": ("consent_given_at", "consent_text_version", "consent_source")},
        ),
    )
    panels = (_groups,)
    actions = ("unlock",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_enrolled(super().get_queryset(request))

    @admin.display(description="enrolled", boolean=True)
    def enrolled(self, subject: Any) -> bool:
        """Return True if the user has a template."""
        return bool(subject.is_enrolled)

    @admin.display(description="failed verifications")
    def lockout(self, subject: Subject) -> str:
        """Return their number in a row, and whether they lock the user."""
        state = lockout.state_of(subject)
        locked = ", locked" if state.is_locked else ""
        return f"{state.consecutive_failures} in a row{locked}"

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
        # The form shows no microseconds: a column that it leaves alone would lose them.
        obj.save(update_fields=form.changed_data)
        publish_changes(obj, before=before)
        if not obj.is_active:
            end_sessions(obj)

    def delete_model(self, request: HttpRequest, obj: Subject) -> None:
        erase_subject(obj, trigger=ErasureTrigger.ADMIN)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Subject]) -> None:
        for subject in queryset:
            erase_subject(subject, trigger=ErasureTrigger.ADMIN)
