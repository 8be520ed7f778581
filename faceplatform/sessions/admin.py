"""Bases of admins: staff's acts are told, filters are bound, and only the product writes rows."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from faceplatform.acting import Deed, staff_acted
from faceplatform.admin_deletion import BoundedDeletion
from faceplatform.admin_lists import LargeList
from faceplatform.api.json_form import BoundedJSONField

# Suffixes that Django's own filters put into the address of a list.
_OFFERED = ("exact", "isnull", "id__exact", "pk__exact")


class ToldActs(admin.ModelAdmin):
    """An admin that tells what staff does in it.

    Attributes:
        shows_personal_data: reading a row, or a list of them, is told, too.
    """

    shows_personal_data = False
    formfield_overrides: ClassVar[dict[Any, Any]] = {
        models.JSONField: {"form_class": BoundedJSONField}
    }

    class Media:
        css = {"all": ["faceplatform/admin_links.css", "faceplatform/admin_tables.css"]}

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

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> HttpResponse:
        """Lead to the list, also an account that may delete rows and not change them."""
        answer = super().response_delete(request, obj_display, obj_id)
        if answer.status_code == 302 and self.has_view_permission(request):
            options = self.opts
            return redirect(f"admin:{options.app_label}_{options.model_name}_changelist")
        return answer

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
    column = list_filter[0] if isinstance(list_filter, tuple) else list_filter
    if isinstance(column, str):
        return (column, *(f"{column}__{suffix}" for suffix in _OFFERED))
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
