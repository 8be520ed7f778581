from math import log10
from typing import Any

from django.conf import settings
from django.db import connection
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from faceplatform.api import problems
from faceplatform.api.callers import client_of
from faceplatform.api.views import MainView
from faceplatform.engine.catalogue import choices, weights
from faceplatform.engine.catalogue.manifest import MANIFEST, ModelFile
from faceplatform.engine.registry import Owner, calibration_of, engine_of
from faceplatform.matching.calibration import Calibration
from faceplatform.matching.model import SANDBOX_NAME, RecognitionModel
from faceplatform.sessions.opening import methods_available
from faceplatform.system import examples
from faceplatform.system.readiness import (
    CacheNotReady,
    DatabaseNotReady,
    EngineNotReady,
    NotReady,
    readiness,
)
from faceplatform.system.serializers import HealthSerializer, ReadySerializer, StatusSerializer


class HealthView(APIView):
    """Health of this process and its database. Strangers learn nothing else."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()

    @extend_schema(
        operation_id="health",
        tags=["System"],
        summary="Check that the service is up",
        responses=HealthSerializer,
        examples=[OpenApiExample("Up", value={"status": "ok"}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return Response({"status": "ok"})


class ReadyView(APIView):
    """Readiness to measure frames and to store outcomes. Reveals nothing about the machines."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()
    documented_errors = {"GET": (NotReady, DatabaseNotReady, CacheNotReady, EngineNotReady)}

    @extend_schema(
        operation_id="ready",
        tags=["System"],
        summary="Check that frames can be measured",
        description=(
            "Measures a drawn face, in a worker if there are any, and checks database and cache. "
            "The result is kept for 5 seconds."
        ),
        responses=ReadySerializer,
        examples=[OpenApiExample("Ready", value={"status": "ready"}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        failure = readiness.failure()
        if failure is None:
            return Response({"status": "ready"})
        # Not raised, because a failure is logged once when it is found, not for each call.
        body, headers = problems.describe(failure)
        return problems.ProblemResponse(
            body, status=failure.status, headers=headers, content_type=problems.CONTENT_TYPE
        )


class StatusView(MainView):
    """Version, engine, models with their licences, and the calibration of the thresholds."""

    @extend_schema(
        operation_id="status",
        tags=["System"],
        summary="Read version, engine, models and thresholds",
        responses=StatusSerializer,
        examples=examples.STATUS,
    )
    def get(self, request: Request) -> Response:
        client = client_of(request)
        engine = engine_of(client)
        return Response(
            {
                "version": settings.SPECTACULAR_SETTINGS["VERSION"],
                "engine": name_for(client, settings.FACEPLATFORM_ENGINE),
                "detector": name_for(client, settings.FACEPLATFORM_DETECTOR),
                "recognition": describe_recognition(engine.model),
                "liveness_available": engine.has_liveness,
                "liveness_methods_available": methods_available(client),
                "policy": client.capture_policy.model_dump(),
                "calibration": _calibration(calibration_of(client)),
                "models": [describe_model(model) for model in MANIFEST.values()],
            }
        )


def name_for(owner: Owner, name: str) -> str:
    """Return the name of a part of the engine as a client sees it: a sandbox's frames pass none."""
    return SANDBOX_NAME if owner.is_sandbox else name


def _calibration(calibration: Calibration) -> dict[str, Any]:
    return {
        "source": calibration.source,
        "promise": describe_promise(calibration),
        "thresholds": [
            {
                "template_frames": template_frames,
                "probe_frames": probe_frames,
                "fmr": point.fmr,
                "cosine": round(point.cosine, 4),
                "measured": point.measured,
            }
            for (template_frames, probe_frames), points in sorted(calibration.points.items())
            for point in points
            if log10(point.fmr).is_integer()  # points between the decades only add precision
        ],
    }


def describe_promise(calibration: Calibration) -> dict[str, Any]:
    """Return the members of a `PromiseSerializer`."""
    promise = calibration.promise
    return {
        "groups": list(promise.groups),
        "sessions": promise.sessions,
        "looks": promise.looks,
        "detection": promise.detection,
        "strictest": calibration.strictest,
        "not_covered": promise.not_covered,
    }


def describe_recognition(model: RecognitionModel) -> dict[str, Any]:
    """Return the members of a `RecognitionSerializer`."""
    names = ("name", "version", "alignment", "dimension")
    return {name: getattr(model, name) for name in names} | {"notice": choices.notice(model)}


def describe_model(model: ModelFile) -> dict[str, Any]:
    """Return the members of a `ModelSerializer`."""
    return {
        "name": model.name,
        "purpose": model.purpose,
        "licence": model.licence,
        "source": model.source,
        "installed": weights.is_installed(model.name),
    }
