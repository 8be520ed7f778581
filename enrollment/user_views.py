"""The enrollments of one user, for client management."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clients.services import UserNotFound, find_subject
from clients.users.parameters import USER
from enrollment import examples
from enrollment.models import EnrollmentSession
from enrollment.serializers import EnrollmentSerializer
from enrollment.views import own_enrollments
from faceplatform.api.callers import client_of
from faceplatform.api.lists import LIST_ERRORS, ListView
from faceplatform.api.scopes import Scope


class UserEnrollmentsView(ListView):
    """A user's enrollments, newest first."""

    scopes = (Scope.MANAGE,)
    queryset = EnrollmentSession.objects.none()
    serializer_class = EnrollmentSerializer
    documented_errors = {"GET": (*LIST_ERRORS, UserNotFound)}

    @extend_schema(
        operation_id="client_user_enrollments",
        tags=["Client Management"],
        summary="List a user's enrollments, newest first",
        parameters=[USER],
        responses=EnrollmentSerializer(many=True),
        examples=examples.LIST_OF_USER,
    )
    def get(self, request: Request, user: str) -> Response:
        subject = find_subject(client_of(request), user)
        return self.listed(own_enrollments(request).filter(subject=subject), request)
