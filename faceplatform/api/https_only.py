"""Refusal of plain http calls where https is required: a redirect would hide a leak.

Django redirects every plain http request. A caller that follows the redirect turns its POST into a
GET, and never learns that its credentials were sent unencrypted.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse

from faceplatform.api import problems

_SAFE = ("GET", "HEAD")


class HttpsOnlyMiddleware:
    """Replaces the redirects of Django's SecurityMiddleware, which comes after it, by refusals.

    Browsers that open a page are still redirected.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        opens_page = request.method in _SAFE and not request.path_info.startswith("/api/")
        if opens_page or not _is_sent_to_https(request, response):
            return response
        body = problems.document(
            code="https_required",
            status=403,
            title="This service is served over https only",
            detail="Send the request over https. If it carried credentials, they were readable on "
            "the way: replace them.",
        )
        return JsonResponse(body, status=403, content_type=problems.CONTENT_TYPE)


def _is_sent_to_https(request: HttpRequest, response: HttpResponse) -> bool:
    if request.is_secure() or not isinstance(response, HttpResponsePermanentRedirect):
        return False
    return response.url.startswith("https://")
