import json
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from audit.actions import Action, ActorType
from audit.models import AuditEntry, SecurityEvent


class AuditEntrySerializer(serializers.ModelSerializer[AuditEntry]):
    id = serializers.UUIDField(source="public_id", read_only=True)
    action = serializers.ChoiceField(choices=Action.choices, read_only=True)
    actor_type = serializers.ChoiceField(choices=ActorType.choices, read_only=True)
    actor_id = serializers.SerializerMethodField(
        help_text="The id of the API key; null for other actors."
    )
    user_id = serializers.SerializerMethodField(
        help_text="The user it is about; null if it is about none, or the user was erased."
    )
    facts = serializers.SerializerMethodField()
    changes = serializers.SerializerMethodField(
        help_text="`before` and `after` of a change; empty once the user was erased."
    )
    is_erased = serializers.BooleanField(
        read_only=True, help_text="The user was erased, and what named the user is gone."
    )
    sequence = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Its number in the chain; null until sealed."
    )
    hash = serializers.CharField(read_only=True, help_text="Empty until sealed.")

    class Meta:
        model = AuditEntry
        fields = [
            "id",
            "at",
            "action",
            "actor_type",
            "actor_id",
            "object_type",
            "object_id",
            "user_id",
            "address",
            "request_id",
            "facts",
            "changes",
            "is_erased",
            "sequence",
            "hash",
        ]
        read_only_fields = fields

    def get_actor_id(self, entry: AuditEntry) -> str | None:
        """Return the id of an API key. Names of the operator's staff are not shown."""
        return entry.actor_id if entry.actor_type == ActorType.CREDENTIAL else None

    def get_user_id(self, entry: AuditEntry) -> str | None:
        return entry.user_id or None

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_facts(self, entry: AuditEntry) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(entry.facts)
        return facts

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_changes(self, entry: AuditEntry) -> dict[str, Any]:
        changes: dict[str, Any] = json.loads(entry.changes)
        return changes


class SecurityEventSerializer(serializers.ModelSerializer[SecurityEvent]):
    id = serializers.UUIDField(source="public_id", read_only=True)
    kind = serializers.ChoiceField(
        choices=SecurityEvent._meta.get_field("kind").choices or [], read_only=True
    )
    address = serializers.CharField(
        read_only=True,
        help_text="Of the callers; of IPv6, the network. Empty for many addresses together.",
    )
    user_id = serializers.SerializerMethodField()
    count = serializers.IntegerField(
        read_only=True, help_text="How often it was seen within one hour."
    )

    class Meta:
        model = SecurityEvent
        fields = [
            "id",
            "kind",
            "severity",
            "address",
            "user_id",
            "count",
            "first_at",
            "last_at",
        ]
        read_only_fields = fields

    def get_user_id(self, event: SecurityEvent) -> str | None:
        return event.subject.user_id if event.subject else None
