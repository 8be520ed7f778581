"""Requests and answers of the API of clients and their credentials."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clients import origins, stats
from clients.credentials import scopes_in
from clients.models import Client, Credential
from clients.models.client import validate_time_zone
from faceplatform.api.fields import NamedChoiceField, WholeNumberField
from faceplatform.api.scopes import Scope
from faceplatform.conf import CapturePolicy, capture_policy

MAX_OVERLAP = timedelta(days=7)
DEFAULT_OVERLAP = timedelta(days=1)
_MOST_YEARS = timedelta(days=3650)


class SetField(serializers.ListField):
    """A list whose order and repetitions mean nothing. The base class counts what is left."""

    def to_internal_value(self, data: Any) -> list[Any]:
        if isinstance(data, list) and len(data) > (self.max_length or 0):
            self.fail("max_length", max_length=self.max_length)
        return list(dict.fromkeys(super().to_internal_value(data)))


class OriginField(serializers.CharField):
    """A web origin, kept in the form in which browsers send it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=origins.MAX_LENGTH, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        try:
            return origins.normalized(super().to_internal_value(data))
        except origins.NotAnOrigin as e:
            raise serializers.ValidationError(str(e), "origin_invalid") from e


class OriginsField(SetField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=OriginField(), max_length=origins.MOST, **kwargs)


class ClientSerializer(serializers.Serializer[Client]):
    """A client as it sees itself."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    contact_name = serializers.CharField()
    contact_email = serializers.CharField()
    allowed_origins = serializers.ListField(child=serializers.CharField())
    time_zone = serializers.CharField(help_text="IANA name, such as `Europe/Paris`.")
    tier = serializers.CharField(help_text="Set by the operator.")
    sandbox = serializers.BooleanField(
        source="is_sandbox",
        help_text="Its outcomes are scripted: no decision is about anybody's face.",
    )
    policy = serializers.DictField(
        source="own_policy", help_text="Your own overrides of the operator's policy."
    )
    operator_policy = serializers.SerializerMethodField(
        help_text="The operator's policy: the laxest values that `policy` may have."
    )
    effective_policy = serializers.SerializerMethodField(
        help_text="The policy of new sessions: of each key, the stricter of both values."
    )
    created_at = serializers.DateTimeField()

    @extend_schema_field(CapturePolicy)  # type: ignore[arg-type]
    def get_operator_policy(self, client: Client) -> dict[str, Any]:
        return capture_policy(client.policy).model_dump()

    @extend_schema_field(CapturePolicy)  # type: ignore[arg-type]
    def get_effective_policy(self, client: Client) -> dict[str, Any]:
        return client.capture_policy.model_dump()


class ChangeClientSerializer(serializers.Serializer[Any]):
    """The fields that a client may change. Those that are left out stay as they are."""

    read_only_names = frozenset(
        {"id", "tier", "sandbox", "operator_policy", "effective_policy", "created_at"}
    )

    name = serializers.CharField(max_length=150, required=False)
    contact_name = serializers.CharField(max_length=150, allow_blank=True, required=False)
    contact_email = serializers.EmailField(max_length=254, allow_blank=True, required=False)
    allowed_origins = OriginsField(
        required=False,
        help_text="Exact origins: https://host, or https://host:port; http for localhost and "
        f"127.0.0.1 only. At most {origins.MOST}.",
    )
    time_zone = serializers.CharField(
        max_length=64, validators=[validate_time_zone], required=False
    )
    policy = serializers.DictField(
        required=False,
        help_text="A merge patch (RFC 7396) of your overrides: keys that are left out stay as they "
        "are, and null removes an override. A key that concerns security may only be as strict as "
        "the operator's or stricter.",
    )


class EndedSerializer(serializers.Serializer[stats.Ended]):
    total = serializers.IntegerField()
    by_reason = serializers.DictField(
        child=serializers.IntegerField(), help_text="By the code of how they ended."
    )


class StatsSerializer(serializers.Serializer[stats.Stats]):
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    users = serializers.IntegerField()
    enrolled_users = serializers.IntegerField()
    credentials_in_use = serializers.IntegerField()
    open_sessions = serializers.IntegerField()
    enrollments = EndedSerializer(help_text="Enrollments that ended in the period.")
    authentications = EndedSerializer(help_text="Authentications that ended in the period.")


class StatsPeriodSerializer(serializers.Serializer[Any]):
    days = WholeNumberField(min_value=1, max_value=stats.MOST_DAYS, default=30)


class ScopesField(SetField):
    """Scopes, in alphabetical order."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [str(scope) for scope in Scope]
        super().__init__(
            child=NamedChoiceField(choices), allow_empty=False, max_length=20, **kwargs
        )

    def to_internal_value(self, data: Any) -> list[Scope]:
        return sorted(map(Scope, super().to_internal_value(data)))

    def to_representation(self, data: Any) -> list[str]:
        return sorted(scopes_in(data))


class NameField(serializers.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=100, **kwargs)


class ExpiryField(serializers.DateTimeField):
    """A time in the future, at most ten years away."""

    default_error_messages = {
        "past": "The time must be in the future.",
        "too_far": "The time may be ten years away at most.",
    }

    def to_internal_value(self, value: Any) -> datetime:
        at: datetime = super().to_internal_value(value)
        now = timezone.now()
        if at <= now:
            self.fail("past")
        if at > now + _MOST_YEARS:
            self.fail("too_far")
        return at


class OverlapField(serializers.IntegerField):
    def __init__(self, *, default: timedelta, **kwargs: Any) -> None:
        super().__init__(
            min_value=0,
            max_value=int(MAX_OVERLAP.total_seconds()),
            default=int(default.total_seconds()),
            **kwargs,
        )


class CredentialSerializer(serializers.Serializer[Credential]):
    """A credential without its secret."""

    id = serializers.UUIDField(source="public_id")
    api_key = serializers.CharField()
    name = serializers.CharField()
    scopes = ScopesField()
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(
        allow_null=True, help_text="The last exchange for tokens."
    )
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    is_active = serializers.SerializerMethodField(help_text="Neither revoked nor expired.")

    def get_is_active(self, credential: Credential) -> bool:
        return credential.is_in_use(timezone.now())


class IssuedCredentialSerializer(CredentialSerializer):
    """A new credential with its secret."""

    api_secret = serializers.CharField(help_text="Shown only in this answer, and not kept.")


class CreateCredentialSerializer(serializers.Serializer[Any]):
    name = NameField()
    scopes = ScopesField(help_text="Only scopes that the calling API key has.")
    expires_at = ExpiryField(required=False, allow_null=True, default=None)


class RenameCredentialSerializer(serializers.Serializer[Any]):
    advice: ClassVar = {
        "scopes": "Only the operator of this service can change them. Issue another key instead.",
        "expires_at": "It cannot be changed: rotate the key, or revoke it.",
    }

    name = NameField()


class RotateCredentialSerializer(serializers.Serializer[Any]):
    overlap_seconds = OverlapField(
        default=DEFAULT_OVERLAP, help_text="Time for which the old API key goes on, 7 days at most."
    )
    expires_at = ExpiryField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Without it, the new API key has the expiry that the old one was issued with.",
    )


class ResetCredentialsSerializer(serializers.Serializer[Any]):
    overlap_seconds = OverlapField(
        default=timedelta(), help_text="Time for which the old API keys go on, 7 days at most."
    )
