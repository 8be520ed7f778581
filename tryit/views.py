"""The page, the one exchange of its key for the demo client's tokens, and example photographs."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clients import demo, tokens
from faceplatform.api.addresses import AddressUnknown
from faceplatform.api.origins import refuse_pages
from faceplatform.api.validation import validated
from faceplatform.api.views import AlwaysJson
from faceplatform.errors import FaceplatformError
from faceplatform.system.example_photos import PHOTOS
from tryit import access

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' blob: data:; media-src blob:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# Beside the video, for people without a camera: one face each, in colour.
_SHOWN = tuple(name for name in PHOTOS if "partial" not in name and name != "32bit.png")


class NoDemoClient(FaceplatformError):
    code = "no_demo_client"
    status = 409
    title = "There is no demo client with a credential in use: manage.py create_demo_client"


class KeySerializer(serializers.Serializer[Any]):
    key = serializers.CharField(max_length=200)


class _LocalView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    content_negotiation_class = AlwaysJson

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        access.require_local(request)
        super().initial(request, *args, **kwargs)


class PageView(_LocalView):
    """The page itself: it says nothing about anybody, and needs no key."""

    is_page = True

    def get(self, request: Request) -> HttpResponseBase:
        response = HttpResponse(render_to_string("tryit/page.html"))
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response


class StartView(_LocalView):
    """Exchanges the key of a printed link, once, for tokens of the demo client."""

    def post(self, request: Request) -> Response:
        refuse_pages(request)
        access.spend(validated(KeySerializer, request.data)["key"])
        credential = demo.credential()
        if credential is None:
            raise NoDemoClient
        photos = [name for name in _SHOWN if (_folder() / name).is_file()]
        return Response(
            {
                **tokens.issue_tokens(credential),
                "client": credential.client.name,
                "sandbox": credential.client.is_sandbox,
                "photos": photos,
            }
        )


class PhotoView(_LocalView):
    """An example photograph, which anybody may download."""

    def get(self, request: Request, name: str) -> HttpResponseBase:
        path = _folder() / name
        if name not in _SHOWN or not path.is_file():
            raise AddressUnknown
        response = FileResponse(path.open("rb"), content_type="image/jpeg")
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return response


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "photos"
