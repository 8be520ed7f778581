"""The admin of authentications: whom they recognized, by which score, and why not."""

from django.contrib import admin

from authentication.models import AuthenticationSession
from clients.admin import SubjectAdmin
from clients.models import Subject
from faceplatform.admin_lists import FlagFilter
from faceplatform.admin_panels import MOST_SHOWN, Panel, cells, first, list_of
from faceplatform.sessions.session_admin import CaptureSessionAdmin

_COLUMNS = (
    *("public_id", "status", "reason", "frames_received", "similarity_score", "created_at"),
)


@admin.register(AuthenticationSession)
class AuthenticationSessionAdmin(CaptureSessionAdmin):
    kind = "authentication"
    list_display = (
        *("public_id", "client", "session_type", "subject", "outcome", "reason"),
        *("score", "matched_subject", "frames", "origin", "duration", "created_at"),
    )
    list_filter = (*CaptureSessionAdmin.list_filter, ("is_verification", FlagFilter))
    search_fields = (*CaptureSessionAdmin.search_fields, "=matched_subject__public_id")
    list_prefetch = ("client", "subject", "matched_subject")
    named_at_opening = ("session_type", "group", "nonce", "attempt_address")
    findings = ("score", "matched_subject", "liveness")
    later_times = ("exchanged_at",)
    readonly_fields = (*CaptureSessionAdmin.readonly_fields, "session_type", "score", "liveness")

    @admin.display(description="similarity", empty_value="")
    def score(self, session: AuthenticationSession) -> str:
        """Return the similarity that the decision rests on; nothing without a comparison."""
        score = session.similarity_score
        return "" if score is None else f"{score:.3f}"

    @admin.display(description="liveness")
    def liveness(self, session: AuthenticationSession) -> str:
        """Return in words if the session's liveness is verified, which only a success can be."""
        return "verified" if session.liveness_verified else "not verified"


def _authentications(subject: Subject) -> Panel:
    """Return the user's newest verifications."""
    rows = first(AuthenticationSession.objects.filter(subject=subject).order_by("-pk"))
    return Panel(
        title=f"Verifications, the newest {MOST_SHOWN}",
        permission="authentication.view_authenticationsession",
        columns=("Id", "Status", "Reason", "Frames", "Similarity", "Created"),
        rows=cells(rows, *_COLUMNS),
        all_at=list_of(AuthenticationSession, q=str(subject.public_id)),
    )


def _recognitions(subject: Subject) -> Panel:
    """Return the newest sessions that recognized the user, identifications among them."""
    rows = first(AuthenticationSession.objects.filter(matched_subject=subject).order_by("-pk"))
    return Panel(
        title=f"Recognized by, the newest {MOST_SHOWN}",
        permission="authentication.view_authenticationsession",
        columns=("Id", "Type", "Similarity", "Created"),
        rows=cells(rows, "public_id", "session_type", "similarity_score", "created_at"),
    )


SubjectAdmin.shows(_authentications, _recognitions)
