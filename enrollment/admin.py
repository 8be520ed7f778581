from typing import ClassVar

from django.contrib import admin
from django.utils.html import format_html

from clients.admin import SubjectAdmin
from clients.models import Subject
from enrollment.models import EnrollmentSession, FaceTemplate
from faceplatform.admin_lists import ClientFilter, ValuesFilter
from faceplatform.admin_panels import MOST_SHOWN, Panel, cells, first, list_of
from faceplatform.sessions.admin import CaptureSessionAdmin, ReadOnlyAdmin


@admin.register(EnrollmentSession)
class EnrollmentSessionAdmin(CaptureSessionAdmin):
    """Enrollments. No duplicate is the good case: it is told in grey words, not by a red cross."""

    list_display = (*CaptureSessionAdmin.list_display, "duplicate")
    list_filter = (*CaptureSessionAdmin.list_filter, "duplicate_suspected")
    exclude = (*CaptureSessionAdmin.exclude, "duplicate_suspected")
    readonly_fields = ("duplicate",)

    @admin.display(description="duplicate", ordering="duplicate_suspected")
    def duplicate(self, session: EnrollmentSession) -> str:
        """Return the words that the page shows for it."""
        if session.duplicate_suspected:
            return format_html("<strong>{}</strong>", "suspected")
        return format_html('<span class="quiet">{}</span>', "none found")


class ModelFilter(ValuesFilter):
    title = "model"
    parameter_name = "model_name"


@admin.register(FaceTemplate)
class FaceTemplateAdmin(ReadOnlyAdmin):
    """Templates: model, samples and quality; never the vector."""

    shows_personal_data = True

    list_display = ("subject", "client", "model_key", "sample_count", "quality", "created_at")
    list_filter = (ClientFilter, ModelFilter)
    search_fields = ("=subject__public_id", "=subject__user_id")
    search_help_text = "A user's id, in full"
    list_prefetch = ("client", "subject")
    ordering_within: ClassVar[dict[str, tuple[str, ...]]] = {"client": ("-created_at", "-pk")}
    exclude = ("vector",)


def _templates(subject: Subject) -> Panel:
    """Return the user's templates, one for each model, without their vectors."""
    rows = first(FaceTemplate.objects.filter(subject=subject).defer("vector").order_by("pk"))
    names = ("model_key", "sample_count", "quality", "liveness_verified")
    return Panel(
        title="Templates",
        permission="enrollment.view_facetemplate",
        columns=("Model", "Frames", "Quality", "Liveness verified", "Created", "Expires"),
        rows=cells(rows, *names, "created_at", "expires_at"),
    )


def _enrollments(subject: Subject) -> Panel:
    """Return the user's newest enrollments."""
    rows = first(EnrollmentSession.objects.filter(subject=subject).order_by("-pk"))
    names = ("public_id", "status", "reason", "frames_received", "created_at")
    return Panel(
        title=f"Enrollments, the newest {MOST_SHOWN}",
        permission="enrollment.view_enrollmentsession",
        columns=("Id", "Status", "Reason", "Frames", "Created"),
        rows=cells(rows, *names),
        all_at=list_of(EnrollmentSession, q=str(subject.public_id)),
    )


SubjectAdmin.shows(_templates, _enrollments)
