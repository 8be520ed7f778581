"""The members about liveness that every answer about a session has."""

from typing import Any

from django.utils.translation.trans_real import parse_accept_lang_header
from rest_framework.request import Request

from faceplatform.liveness.methods import methods_of
from faceplatform.liveness.texts import language_of
from faceplatform.sessions import challenges
from faceplatform.sessions.models import CaptureSession


def liveness_of(session: CaptureSession, request: Request) -> dict[str, Any]:
    """Return `liveness_methods` and `challenge`; its instruction is in the caller's language."""
    return {
        "liveness_methods": list(methods_of(session.capture_policy.liveness)),
        "challenge": challenges.told_as_json(session, _language(request)),
    }


def _language(request: Request) -> str:
    header = request.headers.get("Accept-Language", "")
    return language_of(*(tag for tag, _ in parse_accept_lang_header(header)))
