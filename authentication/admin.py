"""The admin of authentications: whom they recognized, by which score, and why not."""

from django.contrib import admin

from authentication.models import AuthenticationSession
from faceplatform.sessions.admin import CaptureSessionAdmin


@admin.register(AuthenticationSession)
class AuthenticationSessionAdmin(CaptureSessionAdmin):
    list_display = (
        *("public_id", "client", "session_type", "subject", "status", "reason"),
        *("score", "matched_subject", "created_at"),
    )
    list_filter = (*CaptureSessionAdmin.list_filter, "is_verification")
    search_fields = (*CaptureSessionAdmin.search_fields, "=matched_subject__public_id")
    list_prefetch = ("client", "subject", "matched_subject")

    @admin.display(description="score", ordering="similarity_score", empty_value="")
    def score(self, session: AuthenticationSession) -> str | None:
        """Return the similarity that the decision rests on; None without a comparison."""
        score = session.similarity_score
        return None if score is None else f"{score:.3f}"
