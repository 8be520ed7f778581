from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from faceplatform.conf import CapturePolicy
from faceplatform.liveness.methods import CHALLENGE, PASSIVE


class HealthSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["ok"])


class ReadySerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["ready"])


class ModelSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    purpose = serializers.CharField()
    licence = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    installed = serializers.BooleanField()


class RecognitionSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    version = serializers.CharField()
    alignment = serializers.CharField()
    dimension = serializers.IntegerField()
    notice = serializers.CharField(
        allow_blank=True, help_text="Conditions on the use of its weights."
    )


class OperatingPointSerializer(serializers.Serializer[Any]):
    template_frames = serializers.IntegerField()
    probe_frames = serializers.IntegerField()
    fmr = serializers.FloatField(
        help_text="False match rate: the share of strangers' comparisons that match."
    )
    cosine = serializers.FloatField(help_text="Lowest cosine that matches.")
    measured = serializers.BooleanField(
        help_text="False for a threshold extrapolated beyond the measured rates."
    )


class PromiseSerializer(serializers.Serializer[Any]):
    groups = serializers.ListField(
        child=serializers.CharField(),
        help_text="Labelled groups, in each of which the rates hold. Empty: measured for everybody "
        "against everybody.",
    )
    sessions = serializers.BooleanField(help_text="Rates of whole sessions were measured.")
    looks = serializers.IntegerField(help_text="The most looks of a session that were measured.")
    detection = serializers.BooleanField(
        help_text="The photographs went through detection and the quality gate."
    )
    strictest = serializers.FloatField(
        help_text="The lowest false match rate measured; a policy may choose no stricter one."
    )
    not_covered = serializers.ListField(child=serializers.CharField())


class CalibrationSerializer(serializers.Serializer[Any]):
    source = serializers.CharField()  # type: ignore[assignment]
    promise = PromiseSerializer(help_text="The extent to which the false match rates hold.")
    thresholds = OperatingPointSerializer(many=True)


@extend_schema_field(CapturePolicy)  # type: ignore[arg-type]  # by the extension for pydantic
class PolicyField(serializers.DictField):
    """A capture policy, whose component in the schema comes from the policy's own model."""


class StatusSerializer(serializers.Serializer[Any]):
    version = serializers.CharField()
    engine = serializers.CharField()
    detector = serializers.CharField()
    recognition = RecognitionSerializer()
    liveness_available = serializers.BooleanField(help_text="The passive check is installed.")
    liveness_methods_available = serializers.ListField(
        child=serializers.ChoiceField(choices=[PASSIVE, CHALLENGE]),
        help_text="The checks that a policy can demand here.",
    )
    policy = PolicyField(help_text="The calling client's capture policy.")
    calibration = CalibrationSerializer()
    models = ModelSerializer(many=True)
