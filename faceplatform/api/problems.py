"""One error shape for the whole API: RFC 9457 problem details.

Members: ``type``, ``title``, ``status``, ``detail``, ``code`` (stable, for programs),
``request_id``, and ``errors`` (per field) where a request did not validate.
"""

import logging
import math
import sys
from typing import Any, cast

from django.conf import settings
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import (
    DisallowedHost,
    ObjectDoesNotExist,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    JsonResponse,
    UnreadablePostError,
)
from django.http.multipartparser import MultiPartParserError
from redis.exceptions import RedisError
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import set_rollback

from faceplatform import suspicion
from faceplatform.api.addresses import (
    AddressUnknown,
    hint_for,
    malformed_id,
    nearest,
    nearest_below,
)
from faceplatform.api.bodies import BodyTooLarge, Malformed, TooManyFields
from faceplatform.api.callers import ClientCaller
from faceplatform.api.pages import ProblemPage, is_of_admin, wants_page
from faceplatform.api.path_prefix import OutsidePrefix
from faceplatform.api.throttles import StrangerThrottle
from faceplatform.errors import EngineBusy, FaceplatformError
from faceplatform.request_id import current_request_id
from faceplatform.suspicion import Hint
from faceplatform.transactions import is_conflict

log = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"
# Statuses that strangers get before `CallerThrottle` counts the call.
_COUNTED = {401, 403, 404, 406}
_INTERNAL_ERROR = "Something went wrong on the server"


class ProblemResponse(Response):
    """A response that is always JSON, although the schema's views have other renderers."""

    @property
    def rendered_content(self) -> Any:
        self.accepted_renderer = JSONRenderer()
        self.accepted_media_type = CONTENT_TYPE
        return super().rendered_content


def document(
    *, code: str, status: int, title: str, detail: str, extra: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return a problem document. Its ``type`` is a URN that contains the code, not a URL."""
    return {
        "type": f"urn:faceplatform:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": current_request_id(),
        **(extra or {}),
    }


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | ProblemPage:
    """Return a problem document for any exception. REST framework calls this for all its views."""
    set_rollback()
    if (refusal := refusal_of_deleted_caller(exc, context)) is not None:
        return cast("Response", context["view"].handle_exception(refusal))
    exc = count_refusal(exc, context["request"])
    hint_at_probe(exc, context["request"])
    body, headers = describe(exc)
    if body["status"] >= 500:
        log_failure(exc, body["code"], body["status"], type(context.get("view")).__name__)
    if wants_page(context["request"]) and _is_of_a_page(exc, context["view"]):
        return ProblemPage(body, headers)
    return ProblemResponse(body, status=body["status"], headers=headers, content_type=CONTENT_TYPE)


def _is_of_a_page(exc: Exception, view: Any) -> bool:
    """Return True if browsers open the view's address, or if none is meant to be there."""
    return isinstance(exc, AddressUnknown) or getattr(view, "is_page", False)


def refusal_of_deleted_caller(exc: Exception, context: dict[str, Any]) -> Exception | None:
    """Return the refusal of a caller that was deleted in the meantime; None if it was not.

    If a client is deleted during its request, any read or write for it may fail. The answer is then
    the one that its next call will get.
    """
    broken = isinstance(exc, ObjectDoesNotExist | DatabaseError)
    if not broken or isinstance(exc, OperationalError | InterfaceError):
        return None
    view, request = context["view"], context["request"]
    try:
        view.perform_authentication(view.initialize_request(request._request))  # noqa: SLF001
    except (exceptions.APIException, FaceplatformError) as refusal:
        return refusal
    return None


def count_refusal(exc: Exception, request: Request) -> Exception:
    """Count the refusal of a stranger; return it, or the exception to answer with instead."""
    is_known = getattr(request, "_user", None) is not None
    if is_known or describe(exc)[0]["status"] not in _COUNTED:
        return exc
    return StrangerThrottle().instead_of(exc, request)


def hint_at_probe(exc: Exception, request: Request) -> None:
    """Tell that a client asked for an id that it does not have, as one that tries others' ids does.

    A foreign id is not looked up for this: the two would take different time. Ids of users are the
    client's own, and no other client's can be meant.
    """
    caller: object = getattr(request, "_user", None)
    if not isinstance(caller, ClientCaller) or not isinstance(exc, FaceplatformError):
        return
    if exc.status == 404 and exc.code not in {AddressUnknown.code, "user_not_found"}:
        suspicion.tell(Hint.UNKNOWN_ID, client_pk=caller.client.pk)


def log_failure(exc: Exception, code: str, status: int, view: str) -> None:
    """Log a defect with its traceback, and an unavailable service in one line.

    Refusals under load are only counted (`metrics.REFUSED`): logging each would add to the load.
    """
    if status == 500:
        log.error("%s in %s", code, view, exc_info=exc)
    elif not isinstance(exc, EngineBusy):
        detail = exc.detail if isinstance(exc, FaceplatformError) else exc
        log.error("%s in %s: %s", code, view, detail)


def describe(exc: Exception) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the problem document of any exception, and its headers."""
    match exc:
        case FaceplatformError():
            return _of_ours(exc)
        case exceptions.ValidationError():
            return _of_validation(exc), {}
        case Http404():
            return _of_drf(exceptions.NotFound()), {}
        case exceptions.APIException():
            return _of_drf(exc), _drf_headers(exc)
        case RequestDataTooBig():
            detail = str(exc) if isinstance(exc, BodyTooLarge) else ""
            return _plain("request_too_large", 413, "The request has too many bytes", detail), {}
        case SuspiciousOperation() | MultiPartParserError() | UnreadablePostError():
            return _plain("malformed", 400, _DRF_TITLES["malformed"], _cause(exc)), {}
        case _ if _is_of_storage(exc):
            return _storage_unavailable()
        case _:
            return _plain("internal_error", 500, _INTERNAL_ERROR), {}


def _cause(exc: Exception) -> str:
    """Return the cause in our own words, or an empty string if it is unknown."""
    match exc:
        case TooManyFilesSent():
            return f"The form has more than {settings.DATA_UPLOAD_MAX_NUMBER_FILES} files"
        case TooManyFields():
            return str(exc)
        case TooManyFieldsSent():
            most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
            return f"The request has more than {most} fields or parameters"
        case UnreadablePostError():
            return "The body ended before it was complete"
        case _:
            return ""


def _is_of_storage(exc: Exception) -> bool:
    """Return True if database or cache are unreachable or slow, or if all retries conflicted."""
    unreachable = isinstance(exc, OperationalError | InterfaceError | RedisError)
    return unreachable or (isinstance(exc, DatabaseError) and is_conflict(exc))


def _storage_unavailable() -> tuple[dict[str, Any], dict[str, str]]:
    title = "The database or the cache is not available at the moment"
    return _plain("storage_unavailable", 503, title), {"Retry-After": "2"}


def _plain(code: str, status: int, title: str, detail: str = "") -> dict[str, Any]:
    return document(code=code, status=status, title=title, detail=detail or title)


def _of_ours(exc: FaceplatformError) -> tuple[dict[str, Any], dict[str, str]]:
    headers = {} if exc.retry_after is None else {"Retry-After": str(exc.retry_after)}
    # The internal cause is only logged; the caller gets the code and the title.
    detail = exc.title if exc.status >= 500 else exc.detail
    body = document(
        code=exc.code, status=exc.status, title=exc.title, detail=detail, extra=exc.extra
    )
    return body, headers


def _of_validation(exc: exceptions.ValidationError) -> dict[str, Any]:
    return document(
        code="validation_failed",
        status=400,
        title="The request is not valid",
        detail="See errors for what is wrong with each field",
        extra={"errors": _by_field(exc.get_full_details())},
    )


def _by_field(details: Any) -> dict[str, list[dict[str, str]]]:
    """Flatten REST framework's nested details to field path -> list of {code, message}."""
    found: dict[str, list[dict[str, str]]] = {}

    def walk(node: Any, path: str) -> None:
        if isinstance(node, dict) and set(node) == {"message", "code"}:
            fault = {"code": str(node["code"]), "message": str(node["message"])}
            found.setdefault(path or "non_field_errors", []).append(fault)
        elif isinstance(node, dict):
            for name, child in node.items():
                walk(child, f"{path}.{name}" if path else str(name))
        else:
            for child in node:
                walk(child, path)

    walk(details, "")
    return found


_DRF_TITLES = {
    "authentication_failed": "The credentials or the token are not valid",
    "not_authenticated": "The request carries no token",
    "permission_denied": "This token may not do that",
    "not_found": "There is no such thing",
    "method_not_allowed": "This method is not allowed here",
    "not_acceptable": "The answer cannot be given in an accepted format",
    "unsupported_media_type": "The request's content type is not supported",
    "throttled": "Too many requests",
    "malformed": "The request cannot be parsed",
}


def _of_drf(exc: exceptions.APIException) -> dict[str, Any]:
    code = "malformed" if isinstance(exc, exceptions.ParseError) else str(exc.get_codes())
    title = _DRF_TITLES.get(code, "The request cannot be served")
    # Other parsers' messages may quote the request.
    is_safe = code != "malformed" or isinstance(exc, Malformed)
    detail = str(exc.detail) if is_safe else title
    if isinstance(exc, exceptions.Throttled):
        wait = getattr(exc, "wait", None)
        detail = f"{title}: wait {math.ceil(wait)} s" if wait else title
    return document(code=code, status=exc.status_code, title=title, detail=detail)


def _drf_headers(exc: exceptions.APIException) -> dict[str, str]:
    headers = dict(getattr(exc, "headers", {}))
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(math.ceil(wait))
    return headers


def _answer(
    request: HttpRequest, body: dict[str, Any], headers: dict[str, str] | None = None
) -> HttpResponse:
    """Return the problem as a page in the admin and for a browser, as JSON for others."""
    if is_of_admin(request) or wants_page(request):
        return ProblemPage(body, headers)
    return JsonResponse(body, status=body["status"], headers=headers, content_type=CONTENT_TYPE)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer requests that reached no API view, such as those to an unknown Host (handler400)."""
    # Django's sessions take any failed write for a deleted session.
    if isinstance(exception, SessionInterrupted) and (cause := _storage_error(exception)):
        return _unavailable(request, cause, *_storage_unavailable())
    if isinstance(exception, DisallowedHost):
        answered = StrangerThrottle().instead_of(exception, request)
        if answered is not exception:
            return _refused(request, answered)
        title = "This service does not answer requests for this Host"
        detail = f"{title}: the operator lists the allowed hosts in ALLOWED_HOSTS"
        return _answer(request, _plain("host_not_allowed", 400, title, detail))
    if isinstance(exception, RequestDataTooBig):
        return _refused(request, exception)
    body = _plain("malformed", 400, _DRF_TITLES["malformed"], _cause(exception))
    return _answer(request, body)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer accounts of staff that lack a permission (handler403)."""
    title = "Your account may not do that"
    detail = "Your account may not open this page or do this. A superuser grants the permission."
    return _answer(request, _plain("permission_denied", 403, title, detail))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer with a page in the admin and to a browser, and with JSON otherwise (handler404). JSON
    suggests an address."""
    title = AddressUnknown.title
    if is_of_admin(request):
        return ProblemPage(_plain("not_found", 404, title))
    answered = StrangerThrottle().instead_of(exception, request)
    if answered is not exception:
        return _refused(request, answered)
    hint = hint_for(request.path_info)
    if near := _nearest(request, exception):
        hint = f"did you mean {near}?"
    elif not hint and (parameter := malformed_id(request.path_info)):
        hint = f"{parameter} must be an id such as 6f1c2a7e-3b0d-4c55-9a51-0d2f4e8b7c10"
    detail = f"{title}{hint and '; '}{hint}"
    return _answer(request, _plain("not_found", 404, title, detail))


def _nearest(request: HttpRequest, exception: Exception) -> str:
    if isinstance(exception, OutsidePrefix):
        return nearest_below(settings.FORCE_SCRIPT_NAME, request.path_info)
    return nearest(request.path_info)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a program under /api/ with JSON, and others with a page (handler500).

    Django calls it while handling an exception of its own views, mainly the admin's, or middleware.
    """
    exc = sys.exception()
    if isinstance(exc, Exception):
        body, headers = describe(exc)
        if body["status"] == 503:
            return _unavailable(request, exc, body, headers)
    return _page_or_json(request, _plain("internal_error", 500, _INTERNAL_ERROR))


def _refused(request: HttpRequest, exc: Exception) -> HttpResponse:
    body, headers = describe(exc)
    if body["status"] == 503:
        return _unavailable(request, exc, body, headers)
    return _answer(request, body, headers)


def _storage_error(exc: BaseException) -> Exception | None:
    """Return the database error while handling which the exception was raised, if there is one."""
    cause = exc.__context__
    while cause is not None and not isinstance(cause, OperationalError | InterfaceError):
        cause = cause.__context__
    return cause


def _unavailable(
    request: HttpRequest, exc: Exception, body: dict[str, Any], headers: dict[str, str]
) -> HttpResponse:
    """Log and answer a 503, as REST framework's views do."""
    view = request.resolver_match.view_name if request.resolver_match else "no view"
    log_failure(exc, body["code"], body["status"], view)
    return _page_or_json(request, body, headers)


def _page_or_json(
    request: HttpRequest, body: dict[str, Any], headers: dict[str, str] | None = None
) -> HttpResponse:
    """Return the failure as JSON for a program under /api/, and as a page elsewhere."""
    if request.path_info.startswith("/api/"):
        return _answer(request, body, headers)
    return ProblemPage(body, headers)
