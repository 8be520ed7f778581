from typing import Any

from rest_framework import serializers


class LockoutStateSerializer(serializers.Serializer[Any]):
    """The state of a user's verifications."""

    consecutive_failures = serializers.IntegerField(help_text="Since the last success.")
    locked_until = serializers.DateTimeField(
        allow_null=True, help_text="No verification opens before; null for none, and for a lock."
    )
    is_locked = serializers.BooleanField(help_text="No verification opens until you unlock it.")


class UnlockedSerializer(LockoutStateSerializer):
    user_id = serializers.CharField()
