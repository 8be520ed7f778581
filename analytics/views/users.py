"""The users of a period."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from analytics import answers, users
from analytics.examples import figures as examples
from analytics.models import UserActivity
from analytics.periods import PARAMETER, Length, until_today
from analytics.views.figures import PeriodQuerySerializer
from analytics.views.lists import TAGS
from faceplatform.api.callers import client_of
from faceplatform.api.lists import ListView
from faceplatform.api.scopes import Scope
from faceplatform.api.validation import validated

_PERIOD = PARAMETER.name


class UserListView(ListView):
    """A client's users with a session in a period."""

    scopes = (Scope.ANALYTICS,)
    queryset = UserActivity.objects.none()
    serializer_class = answers.UserFiguresSerializer
    ordering_fields = ("last_seen_at",)

    @property
    def query_parameters(self) -> frozenset[str]:  # type: ignore[override]
        return super().query_parameters | {_PERIOD}

    @extend_schema(
        operation_id="analytics_user_behavior_users",
        tags=TAGS,
        summary="List the users of a period, with their counts and anything unusual",
        description="The user seen last is the first. Sessions are added within a minute.",
        parameters=[PARAMETER],
        responses=answers.UserFiguresSerializer(many=True),
        examples=examples.USERS,
    )
    def get(self, request: Request) -> Response:
        given = {key: value for key, value in request.query_params.items() if key == _PERIOD}
        length = Length(validated(PeriodQuerySerializer, given)[_PERIOD])
        period = until_today(client_of(request), length)
        page = self.paginate_queryset(users.seen(period).select_related("subject"))
        found = users.figures(page or [], period)
        return self.get_paginated_response(self.get_serializer(found, many=True).data)
