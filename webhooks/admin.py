"""The admin of endpoints and their deliveries. Secrets are not shown, bodies and answers are.

Clients create and change endpoints by the API: staff pauses, resumes and deletes them, and sends
deliveries again. The table of deliveries is large, so no page counts all of it.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from rest_framework.exceptions import Throttled

from faceplatform.admin_lists import ClientFilter
from faceplatform.admin_panels import MOST_SHOWN, Panel, WithPanels, cells, first, list_of
from faceplatform.errors import FaceplatformError
from faceplatform.sessions.admin import DeletedByService, ReadOnlyAdmin
from webhooks import deliveries, endpoints, requeuing, resends
from webhooks.models import Attempt, Delivery, Endpoint, EndpointState, Subscription


class ActionsOnlyAdmin(ReadOnlyAdmin):
    """An admin of rows that are changed by actions, never by a form."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return True for the actions, if the account may change rows; False for each form."""
        return obj is None and request.user.has_perm(
            f"{self.opts.app_label}.change_{self.opts.model_name}"
        )

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


def _deliveries(endpoint: Endpoint) -> Panel:
    """Return the endpoint's newest deliveries."""
    rows = first(Delivery.objects.filter(endpoint=endpoint).order_by("-created_at", "-pk"))
    names = ("public_id", "event_type", "state", "attempts_made", "created_at")
    return Panel(
        title=f"Deliveries, the newest {MOST_SHOWN}",
        permission="webhooks.view_delivery",
        columns=("Id", "Event", "State", "Attempts", "Created"),
        rows=cells(rows, *names),
        all_at=list_of(Delivery, q=str(endpoint.public_id)),
    )


class FailingFilter(admin.SimpleListFilter):
    """Endpoints whose deliveries fail: one failed, and none has succeeded since.

    There is no choice of the others: they are all but a few, in the order of no index.
    """

    title = "failing"
    parameter_name = "failing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(failing_since__isnull=False) if self.value() else queryset


@admin.register(Endpoint)
class EndpointAdmin(WithPanels, DeletedByService, ActionsOnlyAdmin):
    list_display = (
        "name",
        "client",
        "url",
        "state",
        "is_delivering",
        "last_success_at",
        "public_id",
    )
    list_filter = (ClientFilter, "state", FailingFilter)
    search_fields = ("=public_id",)
    search_help_text = "The endpoint's id"
    list_prefetch = ("client",)
    ordering_within: ClassVar[dict[str, tuple[str, ...]]] = {"failing": ("-failing_since", "-pk")}
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
    )
    readonly_fields = ("public_id", "created_at", "failing_since", "last_success_at")
    inlines = (SubscriptionInline,)
    panels = (_deliveries,)
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
    list_filter = (ClientFilter, "state", "event_type")
    search_fields = ("=public_id", "=message_id", "=endpoint__public_id")
    search_help_text = "The delivery's id, the endpoint's id, or the message's (webhook-id)"
    list_prefetch = ("client", "endpoint")
    ordering_within: ClassVar[dict[str, tuple[str, ...]]] = {
        # A search finds deliveries of one endpoint or message.
        "q": ("-created_at", "-pk"),
        "client": ("-created_at", "-pk"),
    }
    readonly_fields = ("public_id", "message_id", "created_at")
    inlines = (AttemptInline,)
    actions = ("retry",)

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
