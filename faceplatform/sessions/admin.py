"""Bases of the admins of both kinds of sessions: read only, and no secret is shown."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from faceplatform.acting import Deed, staff_acted
from faceplatform.admin_deletion import BoundedDeletion
from faceplatform.admin_lists import ClientFilter, LargeList
from faceplatform.sessions.models import OPEN_STATUSES, SessionStatus
from faceplatform.sessions.reasons import Reason

# Suffixes that Django's own filters put into the address of a list.
_OFFERED = ("exact", "isnull", "id__exact", "pk__exact")
# Sessions that the filter by outcome looks at.
_NEWEST = 100_000
_SUCCESS = (Reason.ENROLLED, Reason.MATCHED)


class ToldActs(admin.ModelAdmin):
    """An admin that tells what staff does in it.

    Attributes:
        shows_personal_data: reading a row, or a list of them, is told, too.
    """

    shows_personal_data = False

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        self._tell(request, Deed.ADDED, [obj], message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        self._tell(request, Deed.CHANGED, [obj], message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        self._tell(request, Deed.DELETED, queryset)
        return super().log_deletions(request, queryset)

    def render_change_form(
        self,
        request: HttpRequest,
        context: Any,
        add: bool = False,  # noqa: FBT001, FBT002
        change: bool = False,  # noqa: FBT001, FBT002
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if self.shows_personal_data and obj is not None:
            self._tell(request, Deed.VIEWED, [obj])
        return super().render_change_form(request, context, add, change, form_url, obj)

    def render_delete_form(self, request: HttpRequest, context: Any) -> HttpResponse:
        # Whatever the row is, the page also lists all that would go with it, such as users.
        object_id = request.resolver_match.kwargs["object_id"] if request.resolver_match else ""
        if (obj := self.get_object(request, object_id)) is not None:
            self._tell(request, Deed.VIEWED, [obj])
        return super().render_delete_form(request, context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        self._tell_view(request, object_id)
        return super().history_view(request, object_id, extra_context)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        answer = super().changelist_view(request, extra_context)
        is_list = self.shows_personal_data and request.method == "GET"
        # The page that asks for confirmation lists the rows, and all that would go with them.
        is_question = request.POST.get("action") == "delete_selected"
        if (is_list or is_question) and answer.status_code == 200:
            self._tell(request, Deed.LISTED, [])
        return answer

    def _tell_view(self, request: HttpRequest, object_id: str) -> None:
        if self.shows_personal_data and (obj := self.get_object(request, object_id)) is not None:
            self._tell(request, Deed.VIEWED, [obj])

    def _tell(
        self, request: HttpRequest, deed: Deed, rows: Iterable[Any], message: Any = None
    ) -> None:
        staff_acted.send(sender=self.model, request=request, deed=deed, rows=rows, message=message)


class BoundLookups(ToldActs):
    """An admin whose lists are filtered by the filters they offer, and by nothing else.

    Django takes any lookup on any field from the address: a hash that no page shows could be
    guessed letter by letter, and a regular expression could keep a process busy.
    """

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return any(lookup in _parameters(each) for each in self.get_list_filter(request))


def _parameters(list_filter: Any) -> tuple[str, ...]:
    """Return the parameters of a filter: of a class, or Django's own of a column."""
    if isinstance(list_filter, str):
        return (list_filter, *(f"{list_filter}__{suffix}" for suffix in _OFFERED))
    return (list_filter.parameter_name,)


class ReadOnlyAdmin(LargeList, BoundedDeletion, BoundLookups):
    """An admin of rows that only the product writes. They can be deleted, for good."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class DeletedByService(BoundedDeletion):
    """An admin whose rows are deleted by a service, with all that belongs to them.

    One permission is enough: to delete the row. Django would ask for one on each further table.
    """

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[Any, Any, set[str], list[Any]]:
        shown, counts, _, protected = super().get_deleted_objects(objs, request)
        return shown, counts, set(), protected


class DeletedWithClient(ReadOnlyAdmin):
    """An admin of rows that stay until their client is deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        match = request.resolver_match
        with_client = match is not None and str(match.url_name).startswith("clients_client_")
        return with_client and super().has_delete_permission(request, obj)


class ReasonFilter(admin.SimpleListFilter):
    title = "reason"
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(reason.value, reason.value) for reason in Reason]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset if value is None else queryset.filter(reason=value)


class OutcomeFilter(admin.SimpleListFilter):
    """By outcome, as the figures of the index page count it, among the newest sessions: no index
    finds those of an outcome, and a rare one would have the whole table read."""

    title = f"outcome, of the newest {_NEWEST:,}"
    parameter_name = "outcome"
    _conditions: ClassVar[dict[str, Q]] = {
        "open": Q(status__in=OPEN_STATUSES),
        "success": Q(reason__in=_SUCCESS),
        "failure": Q(status__in=(SessionStatus.COMPLETED, SessionStatus.FAILED))
        & ~Q(reason__in=_SUCCESS),
        "given-up": Q(status__in=(SessionStatus.EXPIRED, SessionStatus.CANCELLED)),
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
    """Sessions and their decisions, which nobody deletes by hand."""

    shows_personal_data = True
    list_display: tuple[str, ...] = (
        "public_id",
        "client",
        "subject",
        "status",
        "reason",
        "created_at",
    )
    list_filter: ClassVar[tuple[Any, ...]] = (
        OutcomeFilter,
        "status",
        ReasonFilter,
        ClientFilter,
    )
    search_fields: tuple[str, ...] = ("=public_id", "=subject__public_id", "=subject__user_id")
    search_help_text = "A session's id, or a user's id, in full"
    list_prefetch: ClassVar[tuple[str, ...]] = ("client", "subject")
    exclude: ClassVar[tuple[str, ...]] = ("token_digest",)
