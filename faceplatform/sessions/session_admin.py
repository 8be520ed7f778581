"""The admin of sessions of both kinds: their results, and the timeline of their frames."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from faceplatform.admin_lists import ClientFilter
from faceplatform.sessions.admin import DeletedWithClient
from faceplatform.sessions.frame_outcomes import FrameOutcome, outcomes_of
from faceplatform.sessions.models import OPEN_STATUSES, CaptureSession, SessionStatus
from faceplatform.sessions.reasons import ENDS, Reason

# Sessions that the filter by outcome looks at.
_NEWEST = 100_000
_SUCCESS = (Reason.ENROLLED, Reason.MATCHED)
_GIVEN_UP = {SessionStatus.EXPIRED: "expired", SessionStatus.CANCELLED: "cancelled"}


class ReasonFilter(admin.SimpleListFilter):
    """By the reasons that sessions of the list's kind end with."""

    title = "reason"
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        ends = ENDS[model_admin.kind]
        return [(reason.value, reason.value) for reason in Reason if reason in ends]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset if value is None else queryset.filter(reason=value)


class OutcomeFilter(admin.SimpleListFilter):
    """By outcome, as the index page counts it, among the newest sessions.

    No index finds the refused ones: to find a few, the whole table would be read.
    """

    title = f"outcome, of the newest {_NEWEST:,}"
    parameter_name = "outcome"
    _conditions: ClassVar[dict[str, Q]] = {
        "open": Q(status__in=OPEN_STATUSES),
        "success": Q(reason__in=_SUCCESS),
        "failure": Q(status__in=(SessionStatus.COMPLETED, SessionStatus.FAILED))
        & ~Q(reason__in=_SUCCESS),
        "given-up": Q(status__in=tuple(_GIVEN_UP)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("open", "Open"),
            ("success", "Succeeded"),
            ("failure", "Refused"),
            ("given-up", "Expired or cancelled"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        condition = self._conditions.get(self.value() or "")
        if condition is None:
            return queryset
        newest = queryset.model._default_manager.order_by("-pk").values_list("pk", flat=True)
        return queryset.filter(condition, pk__gt=(newest.first() or 0) - _NEWEST)


class CaptureSessionAdmin(DeletedWithClient):
    """Sessions and their decisions, which nobody changes or deletes by hand.

    Attributes:
        kind: the name of the kind of sessions.
        named_at_opening, findings, later_times: fields that only this kind of session has.
    """

    shows_personal_data = True
    change_form_template = "faceplatform/admin_session.html"
    kind: ClassVar[str]
    findings: ClassVar[tuple[str, ...]] = ()
    list_display: tuple[str, ...] = (
        *("public_id", "client", "subject", "outcome", "reason"),
        *("frames", "origin", "duration", "created_at"),
    )
    list_filter: ClassVar[tuple[Any, ...]] = (OutcomeFilter, "status", ReasonFilter, ClientFilter)
    search_fields: ClassVar[tuple[str, ...]] = (
        "=public_id",
        "=subject__public_id",
        "=subject__user_id",
    )
    search_help_text = "A session's id, or a user's id, in full"
    list_prefetch: ClassVar[tuple[str, ...]] = ("client", "subject")
    readonly_fields: ClassVar[tuple[str, ...]] = ("outcome", "frames", "origin", "duration")

    named_at_opening: ClassVar[tuple[str, ...]] = ()
    later_times: ClassVar[tuple[str, ...]] = ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        result = ("outcome", "reason", *self.findings, "frames", "duration")
        return (
            ("Session", {"fields": ("public_id", "client", "subject", *self.named_at_opening)}),
            ("Result", {"fields": result}),
            ("Times", {"fields": ("created_at", "expires_at", "finished_at", *self.later_times)}),
            (
                "Opened with",
                {
                    "classes": ("collapse",),
                    "fields": ("origin", "credential", "model_key", "policy", "metadata"),
                },
            ),
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # Read for the page of one session, by a statement of its own.
        return super().get_queryset(request).defer("frame_outcomes")

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        if obj is not None:
            context["timeline"] = _timeline(outcomes_of(obj))
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="outcome", empty_value="")
    def outcome(self, session: CaptureSession) -> str:
        """Return the outcome in a word; a status and a reason say the same in two."""
        if session.is_open:
            return "open"
        if session.reason in _SUCCESS:
            return format_html("<strong>{}</strong>", "succeeded")
        return _GIVEN_UP.get(SessionStatus(session.status), "refused")

    @admin.display(description="frames")
    def frames(self, session: CaptureSession) -> str:
        """Return the number of frames, and of those that were accepted or suspected."""
        told = f"{session.frames_received}, {session.frames_accepted} accepted"
        return f"{told}, {session.spoof_frames} suspected" if session.spoof_frames else told

    @admin.display(description="source")
    def origin(self, session: CaptureSession) -> str:
        """Return the source of the images and the API that they came by, and if it is a sandbox."""
        sandbox = ", sandbox" if session.is_sandbox else ""
        return f"{session.capture_type}, by {session.source}{sandbox}"

    @admin.display(description="duration", empty_value="")
    def duration(self, session: CaptureSession) -> str:
        """Return the time from its opening to its end; nothing while it is open."""
        if session.finished_at is None:
            return ""
        took: float = (session.finished_at - session.created_at).total_seconds()
        return f"{took:.1f} s"


def _timeline(outcomes: list[FrameOutcome]) -> dict[str, Any]:
    """Return the rows of the timeline, and the stages that have a column each."""
    stages = list(dict.fromkeys(name for outcome in outcomes for name in outcome.stages))
    return {
        "stages": stages,
        "rows": [
            {
                "outcome": outcome,
                "seconds": outcome.milliseconds / 1000,
                "total": sum(outcome.stages.values()) if outcome.stages else None,
                "stages": _in_order(stages, outcome),
            }
            for outcome in outcomes
        ],
    }


def _in_order(stages: Iterable[str], outcome: FrameOutcome) -> list[float | None]:
    return [outcome.stages.get(name) for name in stages]
