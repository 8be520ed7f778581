from django.contrib import admin

from enrollment.models import EnrollmentSession, FaceTemplate
from faceplatform.sessions.admin import CaptureSessionAdmin, ReadOnlyAdmin

admin.site.register(EnrollmentSession, CaptureSessionAdmin)


@admin.register(FaceTemplate)
class FaceTemplateAdmin(ReadOnlyAdmin):
    """Templates: model, samples and quality; never the vector."""

    shows_personal_data = True

    list_display = ("subject", "client", "model_key", "sample_count", "quality", "created_at")
    list_filter = ("client", "model_name")
    search_fields = ("subject__user_id",)
    list_select_related = ("client", "subject")
    exclude = ("vector",)
