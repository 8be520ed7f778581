"""The admin of enrollments, of the images that they kept, and of templates."""

from base64 import b64encode
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html

from clients.admin import SubjectAdmin
from clients.models import Subject
from enrollment.models import EnrollmentImage, EnrollmentSession, FaceTemplate
from faceplatform.acting import Deed, staff_acted
from faceplatform.admin_lists import ClientFilter, FlagFilter, ValuesFilter
from faceplatform.admin_panels import MOST_SHOWN, Panel, cells, first, list_of
from faceplatform.crypto import DecryptionFailed
from faceplatform.sessions.admin import ReadOnlyAdmin
from faceplatform.sessions.session_admin import CaptureSessionAdmin

_SEE_IMAGES = "enrollment.view_enrollmentimage"
_MOST_IMAGES = 100


@admin.register(EnrollmentSession)
class EnrollmentSessionAdmin(CaptureSessionAdmin):
    """Enrollments. No duplicate is the good case: it is told in grey words, not by a red cross.

    Kept images are shown one by one, on a click, and each look is told to the audit log.
    """

    change_form_template = "enrollment/admin_enrollment.html"
    kind = "enrollment"
    list_display = (*CaptureSessionAdmin.list_display, "duplicate")
    list_filter = (*CaptureSessionAdmin.list_filter, ("duplicate_suspected", FlagFilter))
    named_at_opening = ("target_samples", "first_enrollment")
    findings = ("duplicate",)
    later_times = ("template_expires_at",)
    readonly_fields = (*CaptureSessionAdmin.readonly_fields, "duplicate", "first_enrollment")

    @admin.display(description="duplicate")
    def duplicate(self, session: EnrollmentSession) -> str:
        """Return the words that the page shows for it."""
        if session.duplicate_suspected:
            return format_html("<strong>{}</strong>", "suspected")
        return format_html('<span class="quiet">{}</span>', "none found")

    @admin.display(description="if the user is enrolled")
    def first_enrollment(self, session: EnrollmentSession) -> str:
        """Return in words what it does to a template that the user has."""
        return "fails" if session.first_only else "replaces the template"

    def get_urls(self) -> list[URLPattern]:
        image = path(
            "<int:session_pk>/images/<int:image_pk>/",
            self.admin_site.admin_view(self.show_image),
            name="enrollment_enrollmentsession_image",
        )
        return [image, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        session = kwargs.get("obj")
        if session is not None and request.user.has_perm(_SEE_IMAGES):
            images = session.images.order_by("pk").only("pk", "created_at", "session_id")
            context["images"] = images[:_MOST_IMAGES]
        return super().render_change_form(request, context, *args, **kwargs)

    def show_image(self, request: HttpRequest, session_pk: int, image_pk: int) -> HttpResponse:
        """Answer with a page that shows one kept image, once the look has been told."""
        if request.method != "POST":  # by a click only, and by no link
            return HttpResponseNotAllowed(["POST"])
        session = self.get_object(request, str(session_pk))
        if not self.has_view_permission(request, session) or not request.user.has_perm(_SEE_IMAGES):
            raise PermissionDenied
        image = session and session.images.filter(pk=image_pk).first()
        if image is None:
            raise Http404
        try:
            jpeg = image.unseal_column("data")
        except DecryptionFailed as e:
            self.message_user(request, e.title, messages.ERROR)
            return redirect("admin:enrollment_enrollmentsession_change", session_pk)
        staff_acted.send(
            sender=EnrollmentImage, request=request, deed=Deed.VIEWED, rows=[image], message=None
        )
        return TemplateResponse(
            request,
            "enrollment/admin_image.html",
            {
                **self.admin_site.each_context(request),
                "title": f"Image kept at {image.created_at:%Y-%m-%d %H:%M:%S} UTC",
                "session": session,
                "opts": self.opts,
                "data": b64encode(jpeg).decode(),
            },
        )


class ModelFilter(ValuesFilter):
    title = "model"
    parameter_name = "model_name"


@admin.register(FaceTemplate)
class FaceTemplateAdmin(ReadOnlyAdmin):
    """Templates: model, samples and quality; never the vector."""

    shows_personal_data = True

    list_display = ("subject", "client", "model_key", "sample_count", "mean_quality", "created_at")
    list_filter = (ClientFilter, ModelFilter)
    search_fields = ("=subject__public_id", "=subject__user_id")
    search_help_text = "A user's id, in full"
    list_prefetch = ("client", "subject")
    ordering_within: ClassVar[dict[str, tuple[str, ...]]] = {"client": ("-created_at", "-pk")}
    exclude = ("vector", "quality")
    readonly_fields = ("mean_quality",)

    @admin.display(description="quality")
    def mean_quality(self, template: FaceTemplate) -> str:
        """Return its unified quality, 0 to 1."""
        return f"{template.quality:.3f}"


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
