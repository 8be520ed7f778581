"""Links to the capture page for the client's backend, by a session's token."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from capture import examples
from capture.errors import ParentNotAllowed, ReturnUrlNotAllowed
from capture.links import Options, issue, require_allowed
from capture.serializers import CaptureUrlSerializer, LinkOptionsSerializer
from capture.telling import url_of
from faceplatform.api.callers import client_of
from faceplatform.api.idempotency import IdempotentWrites
from faceplatform.api.schema import VALIDATION_FAILED
from faceplatform.api.scopes import Scope
from faceplatform.api.validation import validated
from faceplatform.sessions.errors import SessionExpired, SessionFinished, SessionNotFound
from faceplatform.sessions.lookup import find
from faceplatform.sessions.naming import (
    IN_THE_PATH,
    SESSION_TOKEN,
    named_session,
    require_scope_of_kind,
)

_ABOUT = (
    "For a session that is open. The link replaces an earlier one of the session that nobody has "
    "opened. It works once: whoever opens it first has the session. The answer is not kept, so an "
    "Idempotency-Key has no effect: if it was lost, ask for another link."
)


class _LinkView(IdempotentWrites):
    """The base of both addresses of the call."""

    scopes = (Scope.ENROLL, Scope.AUTHENTICATE)
    scope_of_kind = True
    shows_secrets = True
    documented_errors = {
        "POST": (
            VALIDATION_FAILED,
            ReturnUrlNotAllowed,
            ParentNotAllowed,
            SessionNotFound,
            SessionExpired,
            SessionFinished,
        )
    }

    def answer(self, request: Request, token: str) -> Response:
        """Make the link that the call asks for."""
        require_scope_of_kind(request, token)
        asked: dict[str, Any] = validated(LinkOptionsSerializer, request.data)
        options, client = Options(**asked), client_of(request)
        _, session = find(client=client, token=token)
        require_allowed(client, options)
        issued = issue(session, token, options)
        return Response(url_of(request, issued), status=status.HTTP_201_CREATED)


class SessionLinkView(_LinkView):
    """A link to the session in the address."""

    @extend_schema(
        operation_id="session_link",
        tags=["Capture Page"],
        summary="Make a link to the capture page, with the session's token in the address",
        description=f"{_ABOUT} {IN_THE_PATH}",
        request=LinkOptionsSerializer,
        responses={201: CaptureUrlSerializer},
    )
    def post(self, request: Request, session_token: str) -> Response:
        return self.answer(request, session_token)


class CurrentSessionLinkView(_LinkView):
    """A link to the session that X-Session-Token names."""

    @extend_schema(
        operation_id="current_session_link",
        tags=["Capture Page"],
        summary="Make a link to the capture page",
        description=_ABOUT,
        parameters=[SESSION_TOKEN],
        request=LinkOptionsSerializer,
        responses={201: CaptureUrlSerializer},
        examples=examples.LINK,
    )
    def post(self, request: Request) -> Response:
        return self.answer(request, named_session(request))
