"""The effective configuration for a client: policy, thresholds, models, and the limits of input."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from faceplatform.api import bodies, json_text
from faceplatform.api.callers import client_of
from faceplatform.api.fields import IdentifierField, MetadataField, NonceField
from faceplatform.api.views import MainView
from faceplatform.conf import MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS, CapturePolicy
from faceplatform.engine.catalogue import choices
from faceplatform.engine.catalogue.manifest import MANIFEST
from faceplatform.engine.decoding import decode, formats
from faceplatform.engine.registry import calibration_of, engine_of
from faceplatform.liveness.methods import CHALLENGE, PASSIVE
from faceplatform.matching.calibration import Calibration, score_at
from faceplatform.sessions.opening import methods_available
from faceplatform.system import examples
from faceplatform.system.serializers import (
    ModelSerializer,
    OperatingPointSerializer,
    PolicyField,
    PromiseSerializer,
    RecognitionSerializer,
)
from faceplatform.system.views import (
    describe_model,
    describe_promise,
    describe_recognition,
    name_for,
)


class ThresholdsSerializer(serializers.Serializer[Any]):
    fmr = serializers.FloatField(help_text="The policy's `false_match_rate`: the operating point.")
    similarity = serializers.FloatField(
        help_text="The `similarity_score` that one comparison needs, whatever the frames."
    )
    comparisons = OperatingPointSerializer(many=True)
    source = serializers.CharField(  # type: ignore[assignment]
        help_text="The images that the thresholds were calibrated on."
    )
    promise = PromiseSerializer(help_text="The extent to which the false match rate holds.")


class ImageLimitsSerializer(serializers.Serializer[Any]):
    formats = serializers.ListField(child=serializers.CharField())
    max_bytes = serializers.IntegerField()
    max_pixels = serializers.IntegerField()
    min_side = serializers.IntegerField(help_text="Pixels.")


class BodyLimitsSerializer(serializers.Serializer[Any]):
    max_bytes = serializers.IntegerField(help_text="Of a body without an image.")
    max_bytes_with_image = serializers.IntegerField()
    max_json_depth = serializers.IntegerField()
    max_json_tokens = serializers.IntegerField(help_text="Strings and signs (`{}[]:,`).")
    max_form_fields = serializers.IntegerField()
    max_form_files = serializers.IntegerField()


class TextLimitsSerializer(serializers.Serializer[Any]):
    user_id = serializers.IntegerField()
    metadata = serializers.IntegerField(help_text="As JSON.")
    nonce = serializers.IntegerField()


class InputLimitsSerializer(serializers.Serializer[Any]):
    image = ImageLimitsSerializer()
    body = BodyLimitsSerializer()
    max_characters = TextLimitsSerializer()


class ConfigSerializer(serializers.Serializer[Any]):
    version = serializers.CharField()
    engine = serializers.CharField()
    detector = serializers.CharField()
    recognition = RecognitionSerializer()
    liveness_available = serializers.BooleanField(help_text="The passive check is installed.")
    liveness_methods_available = serializers.ListField(
        child=serializers.ChoiceField(choices=[PASSIVE, CHALLENGE]),
        help_text="The checks that a policy can demand here.",
    )
    policy = PolicyField(help_text="The calling client's policy, defaults included.")
    thresholds = ThresholdsSerializer()
    models = ModelSerializer(many=True, help_text="Those that the engine uses.")
    input = InputLimitsSerializer()


class ConfigView(MainView):
    """The configuration that the calling client's sessions are opened with."""

    @extend_schema(
        operation_id="config",
        tags=["System"],
        summary="Read the effective policy, thresholds, models and limits of input",
        description=(
            "The thresholds at the policy's own `false_match_rate`, by the numbers of frames that "
            "are fused, for each look of a session of up to `probe_frames` looks, with its `fmr`. "
            "`GET /api/core/status/` shows them for other rates. In a search the rate of each "
            "comparison is divided by the number of templates."
        ),
        responses=ConfigSerializer,
        examples=[OpenApiExample("Configuration", value=examples.CONFIG, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        client = client_of(request)
        engine, policy = engine_of(client), client.capture_policy
        return Response(
            {
                "version": settings.SPECTACULAR_SETTINGS["VERSION"],
                "engine": name_for(client, settings.FACEPLATFORM_ENGINE),
                "detector": name_for(client, settings.FACEPLATFORM_DETECTOR),
                "recognition": describe_recognition(engine.model),
                "liveness_available": engine.has_liveness,
                "liveness_methods_available": methods_available(client),
                "policy": policy.model_dump(),
                "thresholds": _thresholds(calibration_of(client), policy),
                "models": [
                    describe_model(MANIFEST[name])
                    for name in sorted(choices.weights_in_use())
                    if not client.is_sandbox
                ],
                "input": input_limits(),
            }
        )


def _thresholds(calibration: Calibration, policy: CapturePolicy) -> dict[str, Any]:
    fmr = policy.false_match_rate
    look_fmr = calibration.sessions.look_fmr(fmr, policy.probe_frames)
    return {
        "fmr": fmr,
        "similarity": round(score_at(look_fmr), 3),
        "comparisons": [
            {
                "template_frames": template_frames,
                "probe_frames": probe_frames,
                "fmr": float(f"{look_fmr:.3g}"),
                "cosine": round(
                    calibration.threshold(
                        fmr,
                        template_frames=template_frames,
                        probe_frames=probe_frames,
                        looks=policy.probe_frames,
                    ),
                    4,
                ),
                "measured": look_fmr >= min(point.fmr for point in points if point.measured),
            }
            for (template_frames, probe_frames), points in sorted(calibration.points.items())
        ],
        "source": calibration.source,
        "promise": describe_promise(calibration),
    }


def input_limits() -> dict[str, Any]:
    """Return the limits of what a call may send."""
    return {
        "image": {
            "formats": formats.accepted(),
            "max_bytes": MAX_IMAGE_BYTES,
            "max_pixels": MAX_IMAGE_PIXELS,
            "min_side": decode.MIN_SIDE,
        },
        "body": {
            "max_bytes": bodies.MAX_WITHOUT_IMAGE,
            "max_bytes_with_image": settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
            "max_json_depth": json_text.MAX_DEPTH,
            "max_json_tokens": json_text.MAX_TOKENS,
            "max_form_fields": settings.DATA_UPLOAD_MAX_NUMBER_FIELDS,
            "max_form_files": settings.DATA_UPLOAD_MAX_NUMBER_FILES,
        },
        "max_characters": {
            "user_id": IdentifierField.MAX_CHARACTERS,
            "metadata": MetadataField.MAX_CHARACTERS,
            "nonce": NonceField.MAX_CHARACTERS,
        },
    }
