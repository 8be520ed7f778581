"""The admin of endpoints and their deliveries. Secrets are not shown, bodies and answers are.

Clients create and change endpoints by the API: staff pauses, resumes and deletes them, and sends
deliveries again. The table of deliveries is large, so no page counts all of it.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

from faceplatform.errors import FaceplatformError
from faceplatform.sessions.admin import DeletedByService, ReadOnlyAdmin
from webhooks import endpoints, requeuing
from webhooks.models import Attempt, Delivery, Endpoint, EndpointState, Subscription

# Rows that pages lead to; filters and the search find older ones.
_MOST_ROWS = 10_000


class BoundedPaginator(Paginator):
    """Pages of the first rows. It counts no further."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:_MOST_ROWS].count())


class ActionsOnlyAdmin(ReadOnlyAdmin):
    """An admin of rows that are changed by actions, never by a form."""

    ordering = ("-pk",)
    show_full_result_count = False
    paginator = BoundedPaginator

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return True for the actions, if the account may change rows; False for each form."""
        return obj is None and request.user.has_perm(
            f"{self.opts.app_label}.change_{self.opts.model_name}"
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find the row of an id: by its index, and nothing by a part of one."""
        if not search_term:
            return queryset, False
        try:
            return queryset.filter(public_id=UUID(search_term.strip())), False
        except ValueError:
            return queryset.none(), False

    def each(
        self, request: HttpRequest, rows: QuerySet[Any], act: Callable[[Any], object], done: str
    ) -> None:
        """Act on each row, log it, and tell how many it was done to and why not to others."""
        number = 0
        for row in rows:
            try:
                act(row)
            except FaceplatformError as e:
                self.message_user(request, f"{row}: {e.detail}", messages.WARNING)
            else:
                self.log_change(request, row, f"{done} by an action.")
                number += 1
        self.message_user(request, f"{done}: {number}")


class SubscriptionInline(admin.TabularInline):
    model = Subscription
    extra = 0
    can_delete = False
    fields = ("pattern",)


@admin.register(Endpoint)
class EndpointAdmin(DeletedByService, ActionsOnlyAdmin):
    list_display = (
        "name",
        "client",
        "url",
        "state",
        "is_delivering",
        "last_success_at",
        "public_id",
    )
    list_filter = ("state", "client")
    search_fields = ("public_id",)
    search_help_text = "The endpoint's id"
    list_select_related = ("client",)
    inlines = (SubscriptionInline,)
    actions = ("pause", "resume")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endpoint]:
        return super().get_queryset(request).exclude(state=EndpointState.DELETED)

    @admin.display(boolean=True, description="delivering")
    def is_delivering(self, endpoint: Endpoint) -> bool:
        """Return False, a red mark, while deliveries fail."""
        return endpoint.failing_since is None

    @admin.action(description="Pause the selected endpoints", permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        self.each(
            request,
            queryset,
            lambda row: endpoints.pause(row.client, row.public_id, by=None),
            "Paused",
        )

    @admin.action(description="Resume the selected endpoints", permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        self.each(
            request,
            queryset,
            lambda row: endpoints.resume(row.client, row.public_id, by=None),
            "Resumed",
        )

    def delete_model(self, request: HttpRequest, obj: Endpoint) -> None:
        endpoints.delete(obj.client, obj.public_id, by=None)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Endpoint]) -> None:
        for endpoint in queryset:
            self.delete_model(request, endpoint)


class AttemptInline(admin.TabularInline):
    model = Attempt
    extra = 0
    can_delete = False
    fields = ("number", "at", "milliseconds", "status_code", "error", "answer")
    ordering = ("pk",)


@admin.register(Delivery)
class DeliveryAdmin(ActionsOnlyAdmin):
    list_display = (
        "public_id",
        "client",
        "endpoint",
        "event_type",
        "state",
        "attempts_made",
        "next_attempt_at",
        "created_at",
    )
    list_filter = ("state", "event_type", "client")
    search_fields = ("public_id",)
    search_help_text = "The delivery's id"
    list_select_related = ("client", "endpoint")
    exclude = ("claim",)
    inlines = (AttemptInline,)
    actions = ("retry",)

    @admin.action(description="Send the selected deliveries again", permissions=["change"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        self.each(
            request,
            queryset,
            lambda row: requeuing.retry(row.client, row.public_id),
            "Queued",
        )
