"""A client's users and the receipts of their erasure."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clients.models import ErasureReceipt, Subject
from clients.services import UserNotFound
from clients.users import examples, services
from clients.users.enrolled import with_enrolled
from clients.users.erasure import erase_subject
from clients.users.filters import UserFilters
from clients.users.parameters import USER
from clients.users.serializers import (
    ChangeUserSerializer,
    CreateUserSerializer,
    ReceiptSerializer,
    UserAnswerSerializer,
)
from clients.users.services import UserExists
from faceplatform.api.callers import client_of
from faceplatform.api.idempotency import IdempotentWrites
from faceplatform.api.lists import LIST_ERRORS, ListView
from faceplatform.api.scopes import Scope
from faceplatform.api.validation import refuse_members, validated
from faceplatform.errors import FaceplatformError

_TAGS = ["Client Management"]


class ReceiptNotFound(FaceplatformError):
    code = "receipt_not_found"
    status = 404
    title = "This client has no such receipt"


def _own(request: Request) -> QuerySet[Subject]:
    """Return the caller's users, and nobody else's."""
    own = Subject.objects.filter(client=client_of(request).pk)
    return with_enrolled(own.select_related("client", "attempts"))


def find_user(request: Request, user_id: str) -> Subject:
    """Return the caller's user with this id.

    Raises:
        UserNotFound
    """
    subject = _own(request).filter(user_id=user_id).first()
    if subject is None:
        raise UserNotFound
    return subject


def _shown(request: Request, user_id: str, *, code: int = status.HTTP_200_OK) -> Response:
    """Answer with the user as it is now."""
    return Response(UserAnswerSerializer(find_user(request, user_id)).data, status=code)


class UserListView(ListView):
    """A client's users."""

    scopes = (Scope.MANAGE,)
    queryset = Subject.objects.none()
    serializer_class = UserAnswerSerializer
    filterset_class = UserFilters
    ordering_fields = ("created_at", "user_id")
    documented_errors = {"GET": LIST_ERRORS, "POST": (UserExists,)}

    @extend_schema(
        operation_id="client_user_list",
        tags=_TAGS,
        summary="List users",
        responses=UserAnswerSerializer(many=True),
        examples=examples.LIST,
    )
    def get(self, request: Request) -> Response:
        return self.listed(_own(request), request)

    @extend_schema(
        operation_id="client_user_create",
        tags=_TAGS,
        summary="Create a user",
        description="An enrollment creates an unknown user, too, unless the policy has "
        "`require_consent`.",
        request=CreateUserSerializer,
        responses={201: UserAnswerSerializer},
        examples=examples.CREATE,
    )
    def post(self, request: Request) -> Response:
        asked = validated(CreateUserSerializer, request.data)
        user_id: str = asked.pop("user_id")
        services.create(client_of(request), user_id, asked)
        return _shown(request, user_id, code=status.HTTP_201_CREATED)


class UserView(IdempotentWrites):
    """One user."""

    scopes = {
        "GET": (Scope.ENROLL, Scope.MANAGE),
        "PATCH": (Scope.MANAGE,),
        "DELETE": (Scope.MANAGE,),
    }
    documented_errors = dict.fromkeys(("GET", "PATCH", "DELETE"), (UserNotFound,))

    @extend_schema(
        operation_id="client_user_read",
        tags=_TAGS,
        summary="Read a user",
        parameters=[USER],
        responses=UserAnswerSerializer,
        examples=examples.USER,
    )
    def get(self, request: Request, user: str) -> Response:
        return _shown(request, user)

    @extend_schema(
        operation_id="client_user_change",
        tags=_TAGS,
        summary="Change a user: only the members that are sent",
        parameters=[USER],
        request=ChangeUserSerializer,
        responses=UserAnswerSerializer,
        examples=examples.CHANGE,
    )
    def patch(self, request: Request, user: str) -> Response:
        found = find_user(request, user)
        services.change(found, validated(ChangeUserSerializer, request.data))
        return _shown(request, user)

    @extend_schema(
        operation_id="client_user_erase",
        tags=_TAGS,
        summary="Erase a user with everything about it, for good",
        description="Templates, kept images, samples, used frames, sessions and kept answers go in "
        "this call; from then on no process finds the face. Identifications that recognized the "
        "user stay without user, score and metadata. The answer is a receipt, which is kept.",
        parameters=[USER],
        responses={200: ReceiptSerializer},
        examples=examples.RECEIPT,
    )
    def delete(self, request: Request, user: str) -> Response:
        receipt = erase_subject(find_user(request, user))
        if receipt is None:
            raise UserNotFound
        return Response(ReceiptSerializer(receipt).data)


class _SwitchView(IdempotentWrites):
    scopes = (Scope.MANAGE,)
    documented_errors = {"POST": (UserNotFound,)}


class ActivateUserView(_SwitchView):
    """Lets a user enroll and match again."""

    @extend_schema(
        operation_id="client_user_activate",
        tags=_TAGS,
        summary="Let a deactivated user enroll and match again",
        parameters=[USER],
        request=None,
        responses={200: UserAnswerSerializer},
        examples=examples.ACTIVATED,
    )
    def post(self, request: Request, user: str) -> Response:
        refuse_members(request.data)
        services.activate(find_user(request, user))
        return _shown(request, user)


class DeactivateUserView(_SwitchView):
    """Keeps a user's data, and lets the user neither enroll nor match."""

    @extend_schema(
        operation_id="client_user_deactivate",
        tags=_TAGS,
        summary="Let a user neither enroll nor match; end its open sessions",
        parameters=[USER],
        request=None,
        responses={200: UserAnswerSerializer},
        examples=examples.DEACTIVATED,
    )
    def post(self, request: Request, user: str) -> Response:
        refuse_members(request.data)
        services.deactivate(find_user(request, user))
        return _shown(request, user)


class ReceiptListView(ListView):
    """The receipts of a client's erasures."""

    scopes = (Scope.MANAGE,)
    queryset = ErasureReceipt.objects.none()
    serializer_class = ReceiptSerializer
    ordering_fields = ("erased_at",)

    @extend_schema(
        operation_id="client_receipt_list",
        tags=_TAGS,
        summary="List the receipts of erasures",
        responses=ReceiptSerializer(many=True),
        examples=examples.RECEIPT,
    )
    def get(self, request: Request) -> Response:
        return self.listed(_receipts(request), request)


class ReceiptView(IdempotentWrites):
    """One receipt."""

    scopes = (Scope.MANAGE,)
    documented_errors = {"GET": (ReceiptNotFound,)}

    @extend_schema(
        operation_id="client_receipt_read",
        tags=_TAGS,
        summary="Read the receipt of an erasure",
        responses=ReceiptSerializer,
        examples=examples.AT_ITS_END,
    )
    def get(self, request: Request, receipt_id: UUID) -> Response:
        receipt = _receipts(request).filter(public_id=receipt_id).first()
        if receipt is None:
            raise ReceiptNotFound
        return Response(ReceiptSerializer(receipt).data)


def _receipts(request: Request) -> QuerySet[ErasureReceipt, Any]:
    return ErasureReceipt.objects.filter(client=client_of(request).pk)
