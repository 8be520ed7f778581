"""Requests and answers about users and receipts."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clients.lockout import services as lockout
from clients.lockout.serializers import LockoutStateSerializer
from clients.models import ErasureReceipt, Subject
from clients.users.addresses import path_of
from faceplatform.api.fields import FutureField, IdentifierField, MetadataField
from faceplatform.api.validation import refuse_misnamed

# Clocks differ a little.
_SKEW = timedelta(minutes=5)
# MySQL's times begin in the year 1000; nobody consented before this one.
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_ENDS = "{} is erased at this time, and from then on neither enrolls nor matches. Null: never."


class PastField(serializers.DateTimeField):
    """A time that has come."""

    default_error_messages = {
        "future": "Send a time that is not in the future.",
        "early": "Too early.",
    }

    def to_internal_value(self, value: Any) -> datetime:
        moment: datetime = super().to_internal_value(value)
        if moment > timezone.now() + _SKEW:
            self.fail("future")
        if moment < _EARLIEST:
            self.fail("early")
        return moment


class ConsentSerializer(serializers.Serializer[Any]):
    """A user's consent, as you recorded it."""

    default_error_messages = {"invalid": "Send a JSON object."}
    given_at = PastField()
    text_version = serializers.CharField(
        max_length=100, help_text="Version of the text that the user agreed to."
    )
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=100, help_text="Where it was given, such as `app`."
    )

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            refuse_misnamed(data, self.fields)
        return super().to_internal_value(data)


class ChangeUserSerializer(serializers.Serializer[Any]):
    """The members that a call may set."""

    read_only_names = frozenset(
        {"id", "user_id", "path", "is_active", "is_enrolled", "lockout", "created_at"}
    )

    display_name = serializers.CharField(max_length=150, allow_blank=True, required=False)
    metadata = MetadataField(
        required=False,
        help_text="Any JSON object of yours: at most 4096 characters as JSON; integers have at "
        "most 64 bits. A change replaces it as a whole.",
    )
    consent = ConsentSerializer(
        required=False, allow_null=True, help_text="Null withdraws the consent."
    )
    expires_at = FutureField(required=False, allow_null=True, help_text=_ENDS.format("The user"))


class CreateUserSerializer(ChangeUserSerializer):
    user_id = IdentifierField(help_text="Your own id of the user: 1 to 150 characters.")


class UserAnswerSerializer(serializers.ModelSerializer[Subject]):
    """A user."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    path = serializers.SerializerMethodField(help_text="The user's address, ready to be called.")
    is_enrolled = serializers.BooleanField(read_only=True, help_text="The user has a template.")
    consent = serializers.SerializerMethodField()
    metadata = serializers.DictField(read_only=True)
    lockout = serializers.SerializerMethodField()

    class Meta:
        model = Subject
        fields = [
            "id",
            "user_id",
            "path",
            "display_name",
            "metadata",
            "is_active",
            "is_enrolled",
            "consent",
            "lockout",
            "expires_at",
            "created_at",
        ]
        read_only_fields = fields

    def get_path(self, subject: Subject) -> str:
        return path_of(subject)

    @extend_schema_field(LockoutStateSerializer)
    def get_lockout(self, subject: Subject) -> Any:
        return LockoutStateSerializer(lockout.state_of(subject)).data

    @extend_schema_field(ConsentSerializer(allow_null=True))
    def get_consent(self, subject: Subject) -> Any:
        if subject.consent_given_at is None:
            return None
        given = serializers.DateTimeField().to_representation(subject.consent_given_at)
        return {
            "given_at": given,
            "text_version": subject.consent_text_version,
            "source": subject.consent_source,
        }


class ReceiptSerializer(serializers.ModelSerializer[ErasureReceipt]):
    """The receipt of an erasure: no data about the person."""

    receipt_id = serializers.UUIDField(source="public_id", read_only=True)
    counts = serializers.DictField(
        child=serializers.IntegerField(min_value=0),
        read_only=True,
        help_text="Number of erased rows of each kind; later versions may add kinds. "
        "`failed_attempts` is the number of failed verifications that the user's count had. "
        "`identifications` stay without user, score and metadata.",
    )

    class Meta:
        model = ErasureReceipt
        fields = ["receipt_id", "erased_at", "erased", "trigger", "counts"]
        read_only_fields = fields
