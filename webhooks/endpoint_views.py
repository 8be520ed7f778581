"""Endpoints: a client's addresses that are told of events."""

from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from clients.services import NameNotAllowed
from faceplatform.api.callers import client_of, credential_of
from faceplatform.api.idempotency import IdempotentWrites
from faceplatform.api.lists import LIST_ERRORS, ListView
from faceplatform.api.schema import VALIDATION_FAILED, DocumentedErrors
from faceplatform.api.scopes import Scope
from faceplatform.api.validation import refuse_members, validated
from faceplatform.api.views import MainView
from webhooks import endpoint_examples as examples
from webhooks import endpoints, figures, requeuing, resends, trial
from webhooks.delivery_serializers import ReplayedSerializer, ReplaySerializer
from webhooks.endpoint_secrets import TooManyWebhookSecrets
from webhooks.endpoint_serializers import (
    ChangeEndpointSerializer,
    CreateEndpointSerializer,
    EndpointSerializer,
    EndpointStatsSerializer,
    EndpointWithSecretSerializer,
    PeriodSerializer,
    RegenerateSecretSerializer,
    TestAnswerSerializer,
)
from webhooks.errors import (
    EndpointExists,
    EndpointIsDisabled,
    EndpointLimitReached,
    EndpointNotFound,
    TestInProgress,
)
from webhooks.filters import EndpointFilters
from webhooks.http import EndpointUrlRefused
from webhooks.models import Endpoint
from webhooks.requeuing import Range

TAGS = ["Webhooks"]
_NOT_KEPT = (
    "The answer shows the secret once. It is not kept, so an Idempotency-Key has no effect here: "
    "if the answer was lost, ask for another secret."
)
_ID = OpenApiParameter("endpoint_id", UUID, OpenApiParameter.PATH, description="Its `id`.")


class EndpointListView(ListView):
    """A client's endpoints."""

    scopes = (Scope.WEBHOOKS,)
    shows_secrets = True
    queryset = Endpoint.objects.none()
    serializer_class = EndpointSerializer
    filterset_class = EndpointFilters
    documented_errors: ClassVar[DocumentedErrors] = {
        "GET": LIST_ERRORS,
        "POST": (EndpointUrlRefused, EndpointExists, EndpointLimitReached, NameNotAllowed),
    }

    @extend_schema(
        operation_id="webhook_endpoint_list",
        tags=TAGS,
        summary="List endpoints, without their secrets",
        responses=EndpointSerializer(many=True),
        examples=examples.LIST,
    )
    def get(self, request: Request) -> Response:
        rows = endpoints.of_client(client_of(request)).prefetch_related("subscriptions", "secrets")
        return self.listed(rows, request)

    @extend_schema(
        operation_id="webhook_endpoint_create",
        tags=TAGS,
        summary="Create an endpoint",
        description=_NOT_KEPT,
        request=CreateEndpointSerializer,
        responses={201: EndpointWithSecretSerializer},
        examples=examples.CREATE,
    )
    def post(self, request: Request) -> Response:
        asked = validated(CreateEndpointSerializer, request.data)
        by = credential_of(request)
        endpoint, secret = endpoints.create(client_of(request), **asked, by=by)
        return _shown_once(endpoint, secret, status.HTTP_201_CREATED)


class _EndpointView(IdempotentWrites):
    scopes = (Scope.WEBHOOKS,)


class EndpointView(_EndpointView):
    """One endpoint."""

    documented_errors = {
        "GET": (EndpointNotFound,),
        "PATCH": (EndpointNotFound, EndpointUrlRefused, EndpointExists, NameNotAllowed),
        "DELETE": (EndpointNotFound,),
    }

    @extend_schema(
        operation_id="webhook_endpoint_read",
        tags=TAGS,
        summary="Read an endpoint, without its secret",
        parameters=[_ID],
        responses=EndpointSerializer,
        examples=examples.READ,
    )
    def get(self, request: Request, endpoint_id: UUID) -> Response:
        return _shown(endpoints.find(client_of(request), endpoint_id))

    @extend_schema(
        operation_id="webhook_endpoint_change",
        tags=TAGS,
        summary="Change an endpoint's name, address or subscriptions",
        description="What waits is sent to the new address. The secret stays the same.",
        parameters=[_ID],
        request=ChangeEndpointSerializer,
        responses=EndpointSerializer,
        examples=examples.CHANGE,
    )
    def patch(self, request: Request, endpoint_id: UUID) -> Response:
        asked = validated(ChangeEndpointSerializer, request.data)
        by = credential_of(request)
        return _shown(endpoints.change(client_of(request), endpoint_id, **asked, by=by))

    @extend_schema(
        operation_id="webhook_endpoint_delete",
        tags=TAGS,
        summary="Delete an endpoint and its deliveries",
        description="What waits is never sent. To keep it, pause the endpoint instead.",
        parameters=[_ID],
        responses={204: None},
    )
    def delete(self, request: Request, endpoint_id: UUID) -> Response:
        endpoints.delete(client_of(request), endpoint_id, by=credential_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class PauseView(_EndpointView):
    """The pausing of an endpoint."""

    documented_errors = {"POST": (EndpointNotFound, EndpointIsDisabled)}

    @extend_schema(
        operation_id="webhook_endpoint_pause",
        tags=TAGS,
        summary="Pause an endpoint: deliveries are recorded and wait",
        description="No effect if it is paused. A disabled one is not paused: it has stopped.",
        parameters=[_ID],
        request=None,
        responses=EndpointSerializer,
        examples=examples.PAUSE,
    )
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        refuse_members(request.data)
        by = credential_of(request)
        return _shown(endpoints.pause(client_of(request), endpoint_id, by=by))


class ResumeView(_EndpointView):
    """The resuming of an endpoint."""

    documented_errors = {"POST": (EndpointNotFound,)}

    @extend_schema(
        operation_id="webhook_endpoint_resume",
        tags=TAGS,
        summary="Resume a paused or disabled endpoint",
        description="What waited is sent at once. Of a disabled one, `replay/` sends again what "
        "had been recorded before it was disabled. No effect if it is active.",
        parameters=[_ID],
        request=None,
        responses=EndpointSerializer,
        examples=examples.RESUME,
    )
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        refuse_members(request.data)
        by = credential_of(request)
        return _shown(endpoints.resume(client_of(request), endpoint_id, by=by))


class TestView(_EndpointView):
    """The test of an endpoint."""

    documented_errors = {"POST": (EndpointNotFound, TestInProgress)}

    @extend_schema(
        operation_id="webhook_endpoint_test",
        tags=TAGS,
        summary="Send a signed test event now, and show the receiver's answer",
        description=(
            "Sends an event of the type `webhook.test`, in any state of the endpoint, once. It "
            "takes 15 seconds at most; a client has one test at a time, and at most "
            f"{trial.PER_MINUTE} a minute. A receiver that fails is no error: see `delivered`."
        ),
        parameters=[_ID],
        request=None,
        responses=TestAnswerSerializer,
        examples=examples.TEST,
    )
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        refuse_members(request.data)
        answer = trial.send(endpoints.find(client_of(request), endpoint_id))
        return Response(TestAnswerSerializer(answer).data)


class RegenerateSecretView(MainView):
    """The replacement of an endpoint's secret."""

    scopes = (Scope.WEBHOOKS,)
    documented_errors = {"POST": (EndpointNotFound, TooManyWebhookSecrets)}

    @extend_schema(
        operation_id="webhook_endpoint_regenerate_secret",
        tags=TAGS,
        summary="Give an endpoint a new secret",
        description=(
            f"For `overlap_seconds`, every delivery carries a signature of each secret. {_NOT_KEPT}"
        ),
        parameters=[_ID],
        request=RegenerateSecretSerializer,
        responses=EndpointWithSecretSerializer,
        examples=examples.REGENERATE,
    )
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        asked = validated(RegenerateSecretSerializer, request.data)
        endpoint, secret = endpoints.regenerate_secret(
            client_of(request),
            endpoint_id,
            overlap=timedelta(seconds=asked["overlap_seconds"]),
            by=credential_of(request),
        )
        return _shown_once(endpoint, secret, status.HTTP_200_OK)


class EndpointStatsView(MainView):
    """Figures of an endpoint."""

    scopes = (Scope.WEBHOOKS,)
    query_parameters = frozenset({"days"})
    documented_errors = {"GET": (VALIDATION_FAILED, EndpointNotFound)}

    @extend_schema(
        operation_id="webhook_endpoint_stats",
        tags=TAGS,
        summary="Figures of an endpoint's deliveries",
        parameters=[_ID, PeriodSerializer],
        responses=EndpointStatsSerializer,
        examples=examples.STATS,
    )
    def get(self, request: Request, endpoint_id: UUID) -> Response:
        asked = validated(PeriodSerializer, request.query_params)
        endpoint = endpoints.find(client_of(request), endpoint_id)
        return Response(EndpointStatsSerializer(figures.of_endpoint(endpoint, **asked)).data)


class ReplayView(_EndpointView):
    """The replay of an endpoint's deliveries."""

    documented_errors = {"POST": (EndpointNotFound, EndpointIsDisabled)}

    @extend_schema(
        operation_id="webhook_endpoint_replay",
        tags=TAGS,
        summary="Send the deliveries of a time range again, delivered ones too",
        description=(
            f"At most {requeuing.AT_ONCE} a call, the oldest first, each with its own `webhook-id` "
            "as before: a receiver that keeps these ids knows what it has. Those that wait are "
            "left alone. Repeat the call with `cursor` until that is null."
        ),
        parameters=[_ID],
        request=ReplaySerializer,
        responses=ReplayedSerializer,
        examples=examples.REPLAY,
    )
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        asked = validated(ReplaySerializer, request.data)
        within = Range(since=asked["created_after"], until=asked["created_before"])
        client = client_of(request)
        with resends.limited(client, most=requeuing.AT_ONCE) as resent:
            done = requeuing.replay(client, endpoint_id, within, asked["cursor"])
            resent.number = done.queued
        return Response(ReplayedSerializer(done).data)


def _shown(endpoint: Endpoint) -> Response:
    return Response(EndpointSerializer(endpoint).data)


def _shown_once(endpoint: Endpoint, secret: str, status_code: int) -> Response:
    body = {**EndpointSerializer(endpoint).data, "secret": secret}
    # No cache on the way may keep it.
    return Response(body, status=status_code, headers={"Cache-Control": "no-store"})
