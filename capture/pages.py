"""The capture page, and the logo on it. Opening either changes nothing."""

from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from capture import links
from capture.errors import CaptureLinkNotFound
from capture.links import Options
from capture.looks import look_of
from capture.models import CaptureLook
from capture.telling import parents_of
from faceplatform.api.addresses import AddressUnknown
from faceplatform.api.views import AlwaysJson

# Styles come from files and from constructed sheets, pictures from here and from the camera.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' blob: data:; media-src blob:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors {parents}"
)
_PERMISSIONS = "camera=(self), microphone=(), geolocation=(), display-capture=()"
# The address changes with the logo.
_LOGO_IS_KEPT = "public, max-age=86400, immutable"


class CapturePageView(APIView):
    """The page of a link. Its script uses the link up; previews of messengers run none."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    content_negotiation_class = AlwaysJson
    is_page = True

    def get(self, request: Request, secret: str) -> HttpResponseBase:
        link = links.find(secret)
        if link is None:
            raise CaptureLinkNotFound
        look, options = look_of(link.client), Options.of(link)
        context = {
            "name": look.name or link.client.name,
            "language": options.language or "en",
            "wanted": options.language,
            "theme": options.theme or look.theme,
            "api_base": get_script_prefix().rstrip("/"),
        }
        response = HttpResponse(render_to_string("capture/page.html", context))
        parents = [] if link.is_handover else parents_of(look, options)
        policy = _POLICY.format(parents=" ".join(parents) or "'none'")
        response.headers["Content-Security-Policy"] = policy
        response.headers["Permissions-Policy"] = _PERMISSIONS
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        # X-Frame-Options knows no list of parents; frame-ancestors says who may.
        response.xframe_options_exempt = bool(parents)
        return response


class LogoView(APIView):
    """A client's logo: public for whoever knows its random address."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    content_negotiation_class = AlwaysJson

    def get(self, request: Request, logo_id: UUID) -> HttpResponseBase:
        look = CaptureLook.objects.filter(logo_id=logo_id, client__is_active=True).first()
        if look is None:
            raise AddressUnknown
        return HttpResponse(
            bytes(look.logo),
            content_type="image/png",
            headers={"Cache-Control": _LOGO_IS_KEPT},
        )
