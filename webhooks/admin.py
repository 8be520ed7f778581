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
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from rest_framework.exceptions import Throttled

from faceplatform.errors import FaceplatformError
from faceplatform.sessions.admin import DeletedByService, ReadOnlyAdmin
from webhooks import deliveries, endpoints, requeuing, resends
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
    show_facets = admin.ShowFacets.NEVER
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
            return self.of_id(queryset, UUID(search_term.strip())), False
        except ValueError:
            return queryset.none(), False

    def of_id(self, rows: QuerySet[Any], public_id: UUID) -> QuerySet[Any]:
        """Return the rows that an id finds."""
        return rows.filter(public_id=public_id)

    def each(
        self, request: HttpRequest, rows: QuerySet[Any], act: Callable[[Any], object], done: str
    ) -> None:
        """Act on each row, log it, and tell how many it was done to and why not to others."""
        number = 0
        for row in rows:
            try:
                act(row)
            except (FaceplatformError, Throttled) as e:
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
    fields = (
        "public_id",
        "client",
        "name",
        "url",
        "state",
        "disabled_reason",
        "created_at",
        "failing_since",
        "last_success_at",
        "deliveries",
    )
    readonly_fields = ("public_id", "created_at", "failing_since", "last_success_at", "deliveries")
    inlines = (SubscriptionInline,)
    actions = ("pause", "resume")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endpoint]:
        return super().get_queryset(request).exclude(state=EndpointState.DELETED)

    @admin.display(boolean=True, description="delivering")
    def is_delivering(self, endpoint: Endpoint) -> bool:
        """Return False, a red mark, while deliveries fail."""
        return endpoint.failing_since is None

    @admin.display(description="deliveries")
    def deliveries(self, endpoint: Endpoint) -> str:
        """Return a link to the endpoint's deliveries."""
        address = reverse("admin:webhooks_delivery_changelist")
        return format_html('<a href="{}?q={}">All of them</a>', address, endpoint.public_id)

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


class NewestAttempts(BaseInlineFormSet):
    """The newest attempts of a delivery, however many it has."""

    def get_queryset(self) -> QuerySet[Attempt]:
        if not hasattr(self, "_newest"):
            self._newest = super().get_queryset()[: deliveries.MOST_ATTEMPTS]
        return self._newest


class AttemptInline(admin.TabularInline):
    model = Attempt
    formset = NewestAttempts
    extra = 0
    can_delete = False
    fields = ("number", "at", "milliseconds", "status_code", "error", "answer")
    ordering = ("-pk",)
    verbose_name_plural = f"newest attempts, {deliveries.MOST_ATTEMPTS} at most"


@admin.register(Delivery)
class DeliveryAdmin(ActionsOnlyAdmin):
    list_display = (
        "public_id",
        "message_id",
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
    search_help_text = "The delivery's id, the endpoint's id, or the message's (webhook-id)"
    list_select_related = ("client", "endpoint")
    readonly_fields = ("public_id", "message_id", "created_at")
    inlines = (AttemptInline,)
    actions = ("retry",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find a message's deliveries, too."""
        if search_term.strip().startswith("msg_"):
            return queryset.filter(message_id=search_term.strip()), False
        return super().get_search_results(request, queryset, search_term)

    def of_id(self, rows: QuerySet[Any], public_id: UUID) -> QuerySet[Any]:
        """Return the delivery of this id, or those of the endpoint."""
        endpoint = Endpoint.objects.filter(public_id=public_id).first()
        if endpoint is not None:
            return rows.filter(endpoint=endpoint)
        return super().of_id(rows, public_id)

    @admin.action(description="Send the selected deliveries again", permissions=["change"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        self.each(
            request,
            queryset,
            _retry,
            "Queued",
        )


def _retry(delivery: Delivery) -> None:
    """Queue a delivery, if its client has any left in this minute, as a call of the client does.

    Raises:
        faceplatform.errors.FaceplatformError
        rest_framework.exceptions.Throttled
    """
    with resends.limited(delivery.client, most=1) as resent:
        requeuing.retry(delivery.client, delivery.public_id)
        resent.number = 1
