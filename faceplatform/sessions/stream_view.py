"""The address of streams, for calls that are no opening of a WebSocket."""

from typing import NoReturn

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from faceplatform.errors import FaceplatformError


class UpgradeRequired(FaceplatformError):
    code = "upgrade_required"
    status = 426
    title = "This address takes a WebSocket"


class StreamView(APIView):
    """Refuses every call: the web server answers those that open a stream (`web.stream`)."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get(self, request: Request) -> NoReturn:
        raise UpgradeRequired
