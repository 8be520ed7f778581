from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from capture.errors import ParentNotAllowed, ReturnUrlNotAllowed
from capture.links import require_allowed
from capture.telling import link_of
from clients.quotas import UserLimitReached
from clients.services import ConsentRequired, UserExpired, UserInactive, UserNotFound
from enrollment import examples, removal, services
from enrollment.errors import EnrollmentNotFound, TargetSamplesOutOfBounds
from enrollment.models import EnrollmentSession
from enrollment.serializers import (
    ChangeEnrollmentSerializer,
    EnrollmentFilterSerializer,
    EnrollmentOpenedSerializer,
    EnrollmentSerializer,
    OpenEnrollmentSerializer,
    UserSerializer,
)
from faceplatform.api.callers import client_of, credential_of
from faceplatform.api.idempotency import IdempotentWrites
from faceplatform.api.pagination import CURSOR, PAGE_SIZE, NewestFirst
from faceplatform.api.schema import NOT_FOUND, VALIDATION_FAILED
from faceplatform.api.scopes import Scope
from faceplatform.api.validation import validated
from faceplatform.sessions.errors import (
    LivenessBelowPolicy,
    LivenessUnavailable,
    OperatingPointUnsupported,
)
from faceplatform.sessions.opening import Opening
from faceplatform.sessions.telling import liveness_of


class OpenEnrollmentView(IdempotentWrites):
    """Opening of an enrollment session."""

    scopes = (Scope.ENROLL,)
    documented_errors = {
        "POST": (
            TargetSamplesOutOfBounds,
            UserInactive,
            UserExpired,
            ConsentRequired,
            LivenessUnavailable,
            LivenessBelowPolicy,
            OperatingPointUnsupported,
            UserLimitReached,
            ReturnUrlNotAllowed,
            ParentNotAllowed,
        )
    }

    @extend_schema(
        operation_id="enrollment_open",
        tags=["Face Enrollment"],
        summary="Open an enrollment session for a user",
        request=OpenEnrollmentSerializer,
        responses={201: EnrollmentOpenedSerializer},
        examples=examples.OPEN,
    )
    def post(self, request: Request) -> Response:
        asked = validated(OpenEnrollmentSerializer, request.data)
        require_allowed(client_of(request), asked["capture_link"])
        session, token = services.open_session(
            Opening(
                client=client_of(request),
                credential=credential_of(request),
                capture_type=asked["capture_type"],
                metadata=asked["metadata"],
                liveness=asked.get("liveness"),
                language=asked.get("language"),
            ),
            user_id=asked["user_id"],
            target_samples=asked.get("target_samples"),
            template_expires_at=asked["template_expires_at"],
        )
        answer = {
            "session_token": token,
            "enrollment_id": session.public_id,
            "capture_type": session.capture_type,
            "status": session.status,
            "target_samples": session.target_samples,
            "expires_at": session.expires_at,
            "message": "Enrollment session created. Stream frames to continue.",
            **liveness_of(session, request),
            **link_of(request, session, token, asked["capture_link"]),
        }
        return Response(answer, status=status.HTTP_201_CREATED)


def own_enrollments(request: Request) -> QuerySet[EnrollmentSession]:
    """Return the caller's enrollments, and nobody else's."""
    own = EnrollmentSession.objects.filter(client=client_of(request).pk)
    rows = own.select_related("subject", "credential").prefetch_related("templates")
    return rows.defer("frame_outcomes")


class EnrollmentListView(IdempotentWrites):
    """A client's enrollments."""

    scopes = (Scope.ENROLL, Scope.MANAGE)
    pagination_class = NewestFirst
    query_parameters = frozenset({"user_id", "cursor", "page_size"})
    # An invalid cursor is "not found".
    documented_errors = {"GET": (VALIDATION_FAILED, NOT_FOUND)}

    @extend_schema(
        operation_id="enrollment_list",
        tags=["Face Enrollment"],
        summary="List enrollments, newest first",
        parameters=[
            OpenApiParameter("user_id", str, description="Only this user's."),
            CURSOR,
            PAGE_SIZE,
        ],
        responses=EnrollmentSerializer(many=True),
        examples=examples.LIST,
    )
    def get(self, request: Request) -> Response:
        enrollments = own_enrollments(request)
        named = request.query_params.get("user_id")
        if named is not None:  # an empty one is refused below
            asked = validated(EnrollmentFilterSerializer, {"user_id": named})
            enrollments = enrollments.filter(subject__user_id=asked["user_id"])
        paginator = NewestFirst()
        page: Any = paginator.paginate_queryset(enrollments, request, view=self)
        return paginator.get_paginated_response(EnrollmentSerializer(page, many=True).data)


class EnrollmentView(IdempotentWrites):
    """One enrollment and its template."""

    scopes = (Scope.ENROLL, Scope.MANAGE)
    documented_errors = {
        "GET": (EnrollmentNotFound,),
        "PATCH": (EnrollmentNotFound,),
        "DELETE": (EnrollmentNotFound,),
    }

    @extend_schema(
        operation_id="enrollment_read",
        tags=["Face Enrollment"],
        summary="Read one enrollment",
        responses=EnrollmentSerializer,
        examples=examples.READ,
    )
    def get(self, request: Request, enrollment_id: UUID) -> Response:
        return Response(EnrollmentSerializer(self._find(request, enrollment_id)).data)

    @extend_schema(
        operation_id="enrollment_remove",
        tags=["Face Enrollment"],
        summary="Remove an enrollment and its template for good",
        responses={204: None},
    )
    def delete(self, request: Request, enrollment_id: UUID) -> Response:
        removal.remove(self._find(request, enrollment_id))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        operation_id="enrollment_change",
        tags=["Face Enrollment"],
        summary="Set the time at which an enrollment and its template are removed",
        request=ChangeEnrollmentSerializer,
        responses=EnrollmentSerializer,
        examples=examples.CHANGE,
    )
    def patch(self, request: Request, enrollment_id: UUID) -> Response:
        asked = validated(ChangeEnrollmentSerializer, request.data)
        removal.set_end(self._find(request, enrollment_id), asked["template_expires_at"])
        return Response(EnrollmentSerializer(self._find(request, enrollment_id)).data)

    def _find(self, request: Request, enrollment_id: UUID) -> EnrollmentSession:
        enrollment = own_enrollments(request).filter(public_id=enrollment_id).first()
        if enrollment is None:
            raise EnrollmentNotFound
        return enrollment


class UserView(IdempotentWrites):
    """One user of the client: enrolled or not."""

    scopes = (Scope.ENROLL, Scope.MANAGE)
    documented_errors = {"GET": (UserNotFound,)}

    @extend_schema(
        operation_id="user_read",
        tags=["Face Enrollment"],
        summary="Read whether a user is enrolled",
        parameters=[
            OpenApiParameter(
                "user_id",
                str,
                OpenApiParameter.PATH,
                description="Your own id of the user, percent-encoded.",
            )
        ],
        responses=UserSerializer,
        examples=examples.USER,
    )
    def get(self, request: Request, user_id: str) -> Response:
        return Response(asdict(services.enrollment_of(client_of(request), user_id)))
