"""Plain http where https is demanded: a refusal where a redirect would hide a leak.

Django answers every plain request with a redirect. A caller that follows it turns its POST into a
GET, and never learns that its credentials went over the wire readable.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse

from faceplatform.api import problems

_SAFE = ("GET", "HEAD")


class HttpsOnlyMiddleware:
    """Answers in place of the redirect of Django's SecurityMiddleware, which follows it.

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
