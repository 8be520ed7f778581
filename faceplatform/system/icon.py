"""GET /favicon.ico: browsers ask for it of themselves, on answers that name no icon."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe


@require_safe
def icon(request: HttpRequest) -> HttpResponse:
    """Lead to the icon that the pages name."""
    return redirect(static("faceplatform/icon.svg"))
