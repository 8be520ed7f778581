"""The admin of addresses that failed to identify somebody, and of receipts of erasures."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from clients.lockout import services as lockout
from clients.models import AddressAttempts, ErasureReceipt
from faceplatform.admin_lists import ClientFilter
from faceplatform.sessions.admin import DeletedWithClient, ReadOnlyAdmin


@admin.register(AddressAttempts)
class AddressAttemptsAdmin(ReadOnlyAdmin):
    """Addresses from which identifications failed. An unlock takes the count away, as deleting the
    row does, and needs the same permission."""

    list_display = ("address", "client", "failures", "failed_at", "locked_at")
    list_filter = (ClientFilter,)
    search_fields = ("^address",)
    search_help_text = "The beginning of an address"
    list_prefetch = ("client",)
    actions = ("unlock",)

    def has_unlock_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("clients.delete_addressattempts")

    @admin.action(description="Unlock selected addresses", permissions=["unlock"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[AddressAttempts]) -> None:
        for count in queryset:
            lockout.unlock_address(count.client, count.address)
            self.log_change(request, count, "Unlocked.")
        self.message_user(request, "The addresses are unlocked.")


@admin.register(ErasureReceipt)
class ErasureReceiptAdmin(DeletedWithClient):
    """Receipts stay, because they prove an erasure, until their client is deleted."""

    list_display = ("public_id", "client", "erased", "trigger", "erased_at")
    list_filter = (ClientFilter, "erased", "trigger")
    search_fields = ("=public_id",)
    search_help_text = "The receipt's id"
    list_prefetch = ("client",)
    ordering_within: ClassVar[dict[str, tuple[str, ...]]] = {"client": ("-erased_at", "-pk")}
