"""Credentials: a client's API keys, managed by those that have the scope `manage`."""

from datetime import timedelta
from typing import Any, ClassVar, cast
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django_filters import CharFilter
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clients import credentials, key_management
from clients.accounts import examples
from clients.accounts.serializers import (
    CreateCredentialSerializer,
    CredentialSerializer,
    IssuedCredentialSerializer,
    RenameCredentialSerializer,
    ResetCredentialsSerializer,
    RotateCredentialSerializer,
)
from clients.credentials import IssuedCredential
from clients.key_management import (
    CredentialEnded,
    CredentialNotFound,
    ExpiresAfterCaller,
    LastManagingCredential,
    TooManyReplaced,
)
from clients.models import Credential
from clients.quotas import CredentialLimitReached
from clients.self_management import ClientNotFound
from faceplatform.api.callers import ClientCaller, client_of
from faceplatform.api.idempotency import IdempotentWrites
from faceplatform.api.lists import LIST_ERRORS, BooleanFilter, Filters, ListView
from faceplatform.api.schema import VALIDATION_FAILED, DocumentedErrors
from faceplatform.api.scopes import Scope
from faceplatform.api.validation import validated
from faceplatform.api.views import MainView
from faceplatform.errors import CredentialsRefused

_NOT_KEPT = (
    "The answer shows the secret once. It is not kept, so an Idempotency-Key has no effect here: "
    "if the answer was lost, revoke that API key and ask again."
)
_ID = OpenApiParameter("credential_id", UUID, OpenApiParameter.PATH, description="Its `id`.")


class CredentialFilters(Filters):
    name = CharFilter(max_length=100, help_text="Only those of exactly this name.")
    is_active = BooleanFilter(method="in_use")

    @extend_schema_field(
        {
            "type": "boolean",
            "description": "Only those in use, or only those revoked or expired.",
        }
    )
    def in_use(self, rows: QuerySet[Credential], _: str, wanted: bool) -> QuerySet[Credential]:  # noqa: FBT001
        condition = credentials.usable(timezone.now())
        return rows.filter(condition) if wanted else rows.exclude(condition)


class CredentialListView(ListView):
    """A client's credentials."""

    scopes = (Scope.MANAGE,)
    shows_secrets = True
    queryset = Credential.objects.none()
    serializer_class = CredentialSerializer
    filterset_class = CredentialFilters
    ordering_fields = ("created_at", "name")
    documented_errors: ClassVar[DocumentedErrors] = {
        "GET": LIST_ERRORS,
        "POST": (CredentialsRefused, CredentialLimitReached, ExpiresAfterCaller),
    }

    @extend_schema(
        operation_id="credential_list",
        tags=["Client Management"],
        summary="List credentials, without their secrets",
        responses=CredentialSerializer(many=True),
        examples=examples.CREDENTIAL_LIST,
    )
    def get(self, request: Request) -> Response:
        return self.listed(key_management.of_client(client_of(request).pk), request)

    @extend_schema(
        operation_id="credential_create",
        tags=["Client Management"],
        summary="Create a credential",
        description=_NOT_KEPT,
        request=CreateCredentialSerializer,
        responses={201: IssuedCredentialSerializer},
        examples=examples.CREATE_CREDENTIAL,
    )
    def post(self, request: Request) -> Response:
        asked = validated(CreateCredentialSerializer, request.data)
        return _shown_once(key_management.create(_caller(request), **asked))


class CredentialView(IdempotentWrites):
    """One credential of the client."""

    scopes = (Scope.MANAGE,)
    documented_errors = {
        "GET": (CredentialNotFound,),
        "PATCH": (CredentialNotFound,),
        "DELETE": (CredentialNotFound, LastManagingCredential),
    }

    @extend_schema(
        operation_id="credential_read",
        tags=["Client Management"],
        summary="Read a credential, without its secret",
        parameters=[_ID],
        responses=CredentialSerializer,
        examples=examples.CREDENTIAL,
    )
    def get(self, request: Request, credential_id: UUID) -> Response:
        credential = key_management.find(client_of(request).pk, credential_id)
        return Response(CredentialSerializer(credential).data)

    @extend_schema(
        operation_id="credential_rename",
        tags=["Client Management"],
        summary="Rename a credential",
        parameters=[_ID],
        request=RenameCredentialSerializer,
        responses=CredentialSerializer,
        examples=examples.RENAME_CREDENTIAL,
    )
    def patch(self, request: Request, credential_id: UUID) -> Response:
        asked = validated(RenameCredentialSerializer, request.data)
        credential = key_management.rename(_caller(request), credential_id, **asked)
        return Response(CredentialSerializer(credential).data)

    @extend_schema(
        operation_id="credential_revoke",
        tags=["Client Management"],
        summary="Revoke a credential, its tokens and its open sessions",
        description="It stays in the list, with `revoked_at`.",
        parameters=[_ID],
        responses={204: None},
    )
    def delete(self, request: Request, credential_id: UUID) -> Response:
        key_management.revoke(_caller(request), credential_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class RotateCredentialView(MainView):
    """Replacement of one credential."""

    scopes = (Scope.MANAGE,)
    documented_errors = {
        "POST": (
            CredentialNotFound,
            CredentialEnded,
            CredentialsRefused,
            CredentialLimitReached,
            ExpiresAfterCaller,
            TooManyReplaced,
        )
    }

    @extend_schema(
        operation_id="credential_rotate",
        tags=["Client Management"],
        summary="Replace a credential by one with the same name, scopes and expiry",
        description=(
            "The old one goes on for `overlap_seconds`. It may be replaced again until then. "
            f"{_NOT_KEPT}"
        ),
        parameters=[_ID],
        request=RotateCredentialSerializer,
        responses={201: IssuedCredentialSerializer},
        examples=examples.ROTATE_CREDENTIAL,
    )
    def post(self, request: Request, credential_id: UUID) -> Response:
        asked = validated(RotateCredentialSerializer, request.data)
        return _shown_once(
            key_management.rotate(
                _caller(request),
                credential_id,
                overlap=timedelta(seconds=asked["overlap_seconds"]),
                expires_at=asked["expires_at"],
            )
        )


class ResetCredentialsView(MainView):
    """Replacement of all credentials."""

    scopes = (Scope.MANAGE,)
    documented_errors = {
        "POST": (VALIDATION_FAILED, ClientNotFound, CredentialsRefused, CredentialLimitReached)
    }

    @extend_schema(
        operation_id="client_reset_credentials",
        tags=["Client Management"],
        summary="Replace all credentials by one",
        description=(
            "Revokes every credential of the client, the calling one included, at once or after "
            "`overlap_seconds`. The new one has the name, scopes and expiry of the calling "
            f"one: call with an API key that has all scopes that you need. {_NOT_KEPT}"
        ),
        parameters=[
            OpenApiParameter(
                "client_id", UUID, OpenApiParameter.PATH, description="Your client's `id`."
            )
        ],
        request=ResetCredentialsSerializer,
        responses={201: IssuedCredentialSerializer},
        examples=examples.RESET_CREDENTIALS,
    )
    def post(self, request: Request, client_id: UUID) -> Response:
        if client_of(request).public_id != client_id:
            raise ClientNotFound
        asked = validated(ResetCredentialsSerializer, request.data)
        overlap = timedelta(seconds=asked["overlap_seconds"])
        return _shown_once(key_management.reset(_caller(request), overlap=overlap))


def _caller(request: Request) -> ClientCaller:
    return cast("ClientCaller", request.user)


def _shown_once(issued: IssuedCredential) -> Response:
    body: dict[str, Any] = {
        **CredentialSerializer(issued.credential).data,
        "api_secret": issued.api_secret,
    }
    # No cache on the way may keep it.
    headers = {"Cache-Control": "no-store"}
    return Response(body, status=status.HTTP_201_CREATED, headers=headers)
