"""The calls of the capture page itself: by a link's secret, and then by its session's token."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from capture import examples, links
from capture.errors import (
    CaptureLinkExpired,
    CaptureLinkNotFound,
    CaptureLinkUsed,
    HandoverNotAllowed,
    RetryNotAllowed,
)
from capture.handover import hand_over, qr_code_of, state_of
from capture.retrying import retries_left, retry
from capture.serializers import (
    FollowedSerializer,
    HandoverSerializer,
    OutcomeSerializer,
    RedeemedSerializer,
    RedeemSerializer,
    RetriedSerializer,
)
from capture.telling import outcome_of, page_session_as_json, redeemed_as_json, url_of
from faceplatform.api.callers import (
    IsClientOrSession,
    SessionCaller,
    caller_of,
    counted_address,
)
from faceplatform.api.idempotency import IdempotentWrites
from faceplatform.api.origins import OriginNotAllowed, page_origin
from faceplatform.api.validation import refuse_members, validated
from faceplatform.api.views import MainView
from faceplatform.crypto import DecryptionFailed
from faceplatform.sessions.authentication import SessionTokenAuthentication
from faceplatform.sessions.ending import cancel
from faceplatform.sessions.errors import SessionExpired, SessionFinished, SessionNotFound
from faceplatform.sessions.lookup import find, find_for_holder
from faceplatform.sessions.models import CaptureSession


class RedeemView(MainView):
    """Uses a link up."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    documented_errors = {
        "POST": (
            OriginNotAllowed,
            CaptureLinkNotFound,
            CaptureLinkUsed,
            CaptureLinkExpired,
            DecryptionFailed,
        )
    }

    @extend_schema(
        operation_id="capture_redeem",
        tags=["Capture Page"],
        summary="Open a link: get its session, once",
        description=(
            "The capture page makes this call, never your backend. The second call with the same "
            "link is 410. Opening the link's address alone uses nothing up, so that the previews "
            "of messengers do no harm."
        ),
        request=RedeemSerializer,
        responses=RedeemedSerializer,
        examples=examples.REDEEM,
    )
    def post(self, request: Request) -> Response:
        if page_origin(request) is not None:  # only our own page opens links
            raise OriginNotAllowed
        redeemed = links.redeem(validated(RedeemSerializer, request.data)["link"])
        return Response(redeemed_as_json(redeemed, request))


class _SessionView(IdempotentWrites):
    """The base of the calls with a session's token alone."""

    authentication_classes = (SessionTokenAuthentication,)
    permission_classes = (IsClientOrSession,)

    def session_of(self, request: Request) -> tuple[CaptureSession, str]:
        """Return the caller's session and its token.

        Raises:
            SessionNotFound: erased in the meantime.
        """
        caller = caller_of(request)
        if not isinstance(caller, SessionCaller):
            raise SessionNotFound
        return find_for_holder(caller.token), caller.token


class HandoverView(_SessionView):
    """Going on with the session on another device."""

    shows_secrets = True
    documented_errors = {
        "GET": (OriginNotAllowed, SessionNotFound),
        "POST": (
            OriginNotAllowed,
            HandoverNotAllowed,
            SessionNotFound,
            SessionExpired,
            SessionFinished,
        ),
    }

    @extend_schema(
        operation_id="capture_handover",
        tags=["Capture Page"],
        summary="Make a link for another device, with its QR code",
        description=(
            "The capture page makes this call. The link works once and for five minutes. The next "
            "one replaces it."
        ),
        request=None,
        responses={201: HandoverSerializer},
        examples=examples.HANDOVER,
    )
    def post(self, request: Request) -> Response:
        refuse_members(request.data)
        answer = url_of(request, hand_over(*self.session_of(request)))
        qr_code = qr_code_of(answer["capture_url"])
        return Response(answer | {"qr_code": qr_code}, status=status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="capture_followed",
        tags=["Capture Page"],
        summary="Follow the session on the other device",
        responses=FollowedSerializer,
        examples=examples.FOLLOWED,
    )
    def get(self, request: Request) -> Response:
        session, token = self.session_of(request)
        answer = {
            "state": state_of(session),
            "outcome": outcome_of(session, token),
            "retries_left": retries_left(session),
        }
        return Response(answer)


class RetryView(_SessionView):
    """Another try after a failure."""

    shows_secrets = True
    documented_errors = {"POST": (OriginNotAllowed, RetryNotAllowed, SessionNotFound)}

    @extend_schema(
        operation_id="capture_retry",
        tags=["Capture Page"],
        summary="Open a session for another try after a failure",
        description=(
            "The capture page makes this call, where the policy's `capture_retries` allows it. The "
            "session's token leads to the new session from then on. While the session is open, the "
            "answer is that session. `retry_not_allowed` also stands for a user who is locked."
        ),
        request=None,
        responses=RetriedSerializer,
        examples=examples.RETRIED,
    )
    def post(self, request: Request) -> Response:
        refuse_members(request.data)
        session, token = self.session_of(request)
        made = retry(session, token, address=counted_address(request, session.client))
        shown = page_session_as_json(made.session, token, request)
        return Response({"session": shown, "retries_left": made.left})


class CancelView(_SessionView):
    """The end of a session that the person does not want to go on with."""

    documented_errors = {
        "POST": (OriginNotAllowed, SessionNotFound, SessionExpired, SessionFinished)
    }

    @extend_schema(
        operation_id="capture_cancel",
        tags=["Capture Page"],
        summary="Cancel the session of the token",
        description="For the capture page: the person does not want to go on.",
        request=None,
        responses=OutcomeSerializer,
        examples=examples.CANCELLED,
    )
    def post(self, request: Request) -> Response:
        refuse_members(request.data)
        session, token = self.session_of(request)
        cancel(*find(client=session.client, token=token))
        return Response({"outcome": "cancelled"})
