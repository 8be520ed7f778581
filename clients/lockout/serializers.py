from datetime import datetime
from typing import Any

from rest_framework import serializers

from clients.lockout.services import state_of_address
from clients.models import AddressAttempts


class LockoutStateSerializer(serializers.Serializer[Any]):
    """The state of a user's verifications."""

    consecutive_failures = serializers.IntegerField(help_text="Since the last success.")
    locked_until = serializers.DateTimeField(
        allow_null=True, help_text="No verification opens before; null for none, and for a lock."
    )
    is_locked = serializers.BooleanField(help_text="No verification opens until you unlock it.")


class UnlockedSerializer(LockoutStateSerializer):
    user_id = serializers.CharField()


class AddressSerializer(serializers.Serializer[Any]):
    """The state of identifications from one address. The context has the client."""

    address = serializers.CharField(help_text="An IPv4 address, or an IPv6 network of 64 bits.")
    consecutive_failures = serializers.IntegerField(
        source="failures", help_text="Since the last success."
    )
    locked_until = serializers.SerializerMethodField(
        help_text="No identification begins before; null for none, and for a lock."
    )
    is_locked = serializers.SerializerMethodField(
        help_text="No identification begins until you unlock it, or a day passes without a failure."
    )
    failed_at = serializers.DateTimeField(allow_null=True, help_text="The last failure.")

    def get_locked_until(self, count: AddressAttempts) -> datetime | None:
        return state_of_address(self.context["client"], count).locked_until

    def get_is_locked(self, count: AddressAttempts) -> bool:
        return state_of_address(self.context["client"], count).is_locked


class UnlockAddressSerializer(serializers.Serializer[Any]):
    address = serializers.CharField(
        max_length=64, help_text="As listed; of IPv6, any address of the network does."
    )
