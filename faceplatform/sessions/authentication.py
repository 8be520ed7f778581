"""X-Session-Token: its holder may post frames to that session, cancel it, and hand it over."""

import re

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from faceplatform.api.callers import SESSION_TOKEN_HEADER, SessionCaller
from faceplatform.api.origins import require_allowed_page
from faceplatform.sessions.errors import SessionNotFound
from faceplatform.sessions.lookup import find_for_holder

_TOKEN = re.compile(r"[a-z]{3}_[A-Za-z0-9_\-]{20,100}")


class SessionTokenAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[SessionCaller, str] | None:
        token = request.headers.get(SESSION_TOKEN_HEADER)
        if token is None:
            return None
        if not _TOKEN.fullmatch(token):
            raise AuthenticationFailed("The session token is not valid.")
        try:
            session = find_for_holder(token)
        except SessionNotFound as e:
            raise AuthenticationFailed("The session token is not valid.") from e
        require_allowed_page(request, session.client.allowed_origins)
        is_cut_off = session.is_of_ended_credential
        is_open = session.is_open and not session.is_overdue(timezone.now())
        caller = SessionCaller(
            client=session.client,
            token=token,
            session_key=str(session.public_id),
            keeps_answers=is_open and not is_cut_off,
            is_cut_off=is_cut_off,
        )
        return caller, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'
