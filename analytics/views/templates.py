"""The quality of enrolled templates: whom to enroll again, and why."""

from typing import Any

from django.db.models import QuerySet
from django_filters import ChoiceFilter
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.definitions import DEFINITIONS
from analytics.views.lists import TAGS
from enrollment import quality_reports
from faceplatform.api.callers import client_of
from faceplatform.api.lists import Filters, ListView
from faceplatform.api.scopes import Scope

ISSUES = {
    "weak": quality_reports.weak,
    "old": quality_reports.old,
    "single_frame": quality_reports.single_frame,
}
_ADVICE = {
    "weak": "Enroll again in better light, close to the camera.",
    "old": "Enroll again: the face may have changed.",
    "single_frame": "Enroll again with three images or more.",
}


class TemplateQualitySerializer(serializers.Serializer[Any]):
    """A user's template."""

    user_id = serializers.CharField(source="subject.user_id")
    enrollment_id = serializers.UUIDField(source="enrollment.public_id")
    quality = serializers.FloatField(help_text="Mean quality 0..1 of its frames.")
    sample_count = serializers.IntegerField(help_text="Frames it was made from.")
    liveness_verified = serializers.BooleanField()
    model = serializers.CharField(source="model_key", help_text="The recognition model.")
    created_at = serializers.DateTimeField()
    issues = serializers.SerializerMethodField(
        help_text=f"`weak`: {DEFINITIONS['weak']} `old`: {DEFINITIONS['old']} `single_frame`: "
        f"{DEFINITIONS['single_frame']} Empty: no reason to enroll again."
    )
    advice = serializers.SerializerMethodField(help_text="One line for each issue.")

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=list(ISSUES))))
    def get_issues(self, template: Any) -> list[str]:
        return quality_reports.issues_of(
            quality=template.quality,
            created_at=template.created_at,
            sample_count=template.sample_count,
        )

    def get_advice(self, template: Any) -> list[str]:
        return [_ADVICE[issue] for issue in self.get_issues(template)]


class TemplateFilters(Filters):
    issue = ChoiceFilter(
        method="with_issue", choices=[(issue, issue) for issue in ISSUES], help_text="Only those."
    )

    def with_issue(self, rows: QuerySet[Any], _: str, issue: str) -> QuerySet[Any]:
        """Limit the rows to templates with an issue."""
        return ISSUES[issue](rows)


_EXAMPLE = {
    "user_id": "ada",
    "enrollment_id": "3a1d2f35-3c5d-4c4e-9d39-0d0d7b3f6f10",
    "quality": 0.41,
    "sample_count": 1,
    "liveness_verified": False,
    "model": "dlib/resnet-v1-mirror-int8/mesh5-150",
    "created_at": "2026-11-24T22:19:35.120943Z",
    "issues": ["weak", "single_frame"],
    "advice": [_ADVICE["weak"], _ADVICE["single_frame"]],
}


class DataQualityView(ListView):
    """A client's templates."""

    scopes = (Scope.ANALYTICS,)
    queryset = quality_reports.NONE
    serializer_class = TemplateQualitySerializer
    filterset_class = TemplateFilters
    ordering_fields = ("quality", "created_at")
    is_ascending = True

    @extend_schema(
        operation_id="analytics_data_quality",
        tags=TAGS,
        summary="List templates with their quality, and whom to enroll again",
        description="The weakest come first. During a change of the recognition model a user has a "
        "template for each of the two.",
        responses=TemplateQualitySerializer(many=True),
        examples=[OpenApiExample("A weak template", value=_EXAMPLE, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        return self.listed(quality_reports.templates(client_of(request)), request)
