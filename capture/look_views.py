"""The look of the capture page, for the client's backend."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from capture import examples, logos
from capture.looks import change, look_of
from capture.models import CaptureLook
from capture.serializers import ChangeLookSerializer, LookSerializer
from capture.telling import look_as_json
from faceplatform import errors
from faceplatform.api.callers import client_of
from faceplatform.api.scopes import Scope
from faceplatform.api.validation import validated
from faceplatform.api.views import MainView

_ERRORS = (
    errors.ImageEmpty,
    errors.ImageTooLarge,
    errors.ImageUnreadable,
    errors.ImageFormatUnsupported,
    errors.ImageTruncated,
    errors.ImageTooComplex,
    errors.ImageAnimated,
    errors.ImageTooManyPixels,
    errors.ImageTooSmall,
)


class LookView(MainView):
    """The look of the caller's capture page."""

    scopes = (Scope.MANAGE,)
    most_bytes = 512 * 1024  # a logo as base64, and texts in all languages
    documented_errors = {"PUT": _ERRORS, "PATCH": _ERRORS}

    @extend_schema(
        operation_id="capture_look_read",
        tags=["Capture Page"],
        summary="Read the look of your capture page",
        responses=LookSerializer,
        examples=examples.LOOK,
    )
    def get(self, request: Request) -> Response:
        return Response(look_as_json(look_of(client_of(request))))

    @extend_schema(
        operation_id="capture_look_replace",
        tags=["Capture Page"],
        summary="Set the look of your capture page",
        description="What is left out is set back, the logo included.",
        request=ChangeLookSerializer,
        responses=LookSerializer,
        examples=examples.REPLACE_LOOK,
    )
    def put(self, request: Request) -> Response:
        plain = CaptureLook()
        names = set(ChangeLookSerializer().get_fields())
        return self._changed(request, {name: getattr(plain, name) for name in names})

    @extend_schema(
        operation_id="capture_look_change",
        tags=["Capture Page"],
        summary="Change the look of your capture page",
        description="What is left out stays as it is.",
        request=ChangeLookSerializer,
        responses=LookSerializer,
        examples=examples.CHANGE_LOOK,
    )
    def patch(self, request: Request) -> Response:
        return self._changed(request, {})

    def _changed(self, request: Request, base: dict[str, Any]) -> Response:
        asked = validated(ChangeLookSerializer, request.data)
        if "logo" in asked:
            asked["logo"] = b"" if asked["logo"] is None else logos.encoded(asked["logo"])
        if "colors" in asked:
            asked["colors"] = asked["colors"] or {}
        return Response(look_as_json(change(client_of(request), base | asked)))
