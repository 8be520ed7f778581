"""Minimal DRF views of the same work, for comparison with the platform.

Served like the product (same web server, database and Redis; `bench.bare_settings`), but without
authentication, throttles, checks and decisions.
"""

from datetime import timedelta
from functools import cache
from typing import Any

import redis
from django.conf import settings
from django.db.models import F
from django.urls import path
from django.utils import timezone
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clients.models import Subject
from enrollment.models import EnrollmentSession
from faceplatform.conf import CapturePolicy
from faceplatform.sessions.models import SessionStatus, token_digest

_redis = redis.Redis.from_url(settings.CELERY_BROKER_URL)


class FrameView(APIView):
    """Takes the same upload; makes one Redis round trip and one indexed update."""

    parser_classes = (MultiPartParser,)

    def post(self, request: Request) -> Response:
        image = request.FILES["image"].read()
        _redis.ping()
        digest = token_digest(request.POST["session_token"])
        EnrollmentSession.objects.filter(token_digest=digest).update(
            frames_received=F("frames_received") + 1
        )
        return Response({"bytes": len(image)})


class SessionView(APIView):
    """Makes one insert: the row of an enrollment session."""

    parser_classes = (JSONParser,)

    def post(self, request: Request) -> Response:
        body: dict[str, Any] = dict(request.data)
        token, now = EnrollmentSession.new_token(), timezone.now()
        EnrollmentSession.objects.create(
            client_id=_subject().client_id,
            subject_id=_subject().pk,
            token_digest=token_digest(token),
            status=SessionStatus.PENDING,
            capture_type=body["session_type"],
            policy=CapturePolicy().model_dump(),
            target_samples=body["target_samples"],
            created_at=now,
            expires_at=now + timedelta(minutes=5),
        )
        return Response({"session_token": token}, status=201)


@cache
def _subject() -> Subject:
    """Return the user of all sessions; there must be one."""
    return Subject.objects.latest("pk")


urlpatterns = [path("frame/", FrameView.as_view()), path("session/", SessionView.as_view())]
