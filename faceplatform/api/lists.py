"""The base of lists: pages by cursor, filters, and an order that the caller chooses."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import BooleanField, QuerySet
from django_filters import ChoiceFilter, FilterSet, IsoDateTimeFilter, TypedChoiceFilter
from django_filters.fields import IsoDateTimeField
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from faceplatform.api.idempotency import IdempotentWrites
from faceplatform.api.pagination import ORDERING, PAGE_SIZE, Ordered
from faceplatform.api.schema import NOT_FOUND, VALIDATION_FAILED, DocumentedErrors

# An invalid cursor is "not found".
LIST_ERRORS = (VALIDATION_FAILED, NOT_FOUND)


def _naming(choices: Sequence[tuple[str, str]]) -> dict[str, str]:
    return {"invalid_choice": f"Choose one of: {', '.join(value for value, _ in choices)}."}


@extend_schema_field(OpenApiTypes.BOOL)
class BooleanFilter(TypedChoiceFilter):  # type: ignore[misc]
    """A filter by ``true`` or ``false``. django-filter's own ignores any other value."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [("true", "true"), ("false", "false")]
        super().__init__(
            choices=choices,
            coerce=lambda text: text == "true",
            error_messages=_naming(choices),
            **kwargs,
        )


class _MomentField(IsoDateTimeField):  # type: ignore[misc]
    """A time. One that no time zone can express, such as the last day of year 9999, is refused."""

    default_error_messages: ClassVar = {
        "invalid": "Send an ISO 8601 time, such as 2026-01-31T09:30:00Z."
    }

    def to_python(self, value: Any) -> Any:
        try:
            moment = super().to_python(value)
            return moment.astimezone(UTC) if moment else moment
        except OverflowError as e:
            raise ValidationError(self.error_messages["invalid"], "invalid") from e


_MOMENTS = {"gte": "At or after this time; without an offset, in UTC.", "lt": "Before this time."}


class MomentFilter(IsoDateTimeFilter):  # type: ignore[misc]
    """A filter by an ISO 8601 time: from a time on, or up to it, so that periods meet."""

    field_class = _MomentField

    def __init__(self, *, field_name: str, lookup_expr: str, **kwargs: Any) -> None:
        described = {"help_text": _MOMENTS[lookup_expr]} | kwargs
        super().__init__(field_name=field_name, lookup_expr=lookup_expr, **described)


class Filters(FilterSet):  # type: ignore[misc]
    """The base of a list's filters. The error of one with choices lists them, and an empty value is
    refused: django-filter takes it for no filter, and returns all rows."""

    class Meta:
        filter_overrides: ClassVar = {BooleanField: {"filter_class": BooleanFilter}}

    @classmethod
    def get_filters(cls) -> Any:
        filters = super().get_filters()
        for each in filters.values():
            if isinstance(each, ChoiceFilter) and "choices" in each.extra:
                each.extra.setdefault("error_messages", _naming(each.extra["choices"]))
        return filters

    def is_valid(self) -> bool:
        is_valid = bool(super().is_valid())
        empty = [name for name in self.filters if self.data.get(name) == ""]
        for name in empty:
            message = "Send a value, or leave the parameter out."
            self.form.add_error(name, ValidationError(message, "blank"))
        return is_valid and not empty


class ListView(IdempotentWrites, GenericAPIView[Any]):
    """A list of the caller's rows. A subclass answers GET with `listed`.

    Attributes:
        queryset: an empty one of the listed model, for the schema.
        serializer_class: of one row.
        filterset_class: the filters.
        ordering_fields: fields that a list can be ordered by; none of them is null, and each has an
            index that begins with the client. The first one is the default.
        is_ascending: the default is its lowest value first, not its highest.
    """

    is_list = True  # for the schema
    pagination_class = Ordered
    filter_backends = (DjangoFilterBackend,)
    filterset_class: ClassVar[type[Filters] | None] = None
    ordering_fields: ClassVar[tuple[str, ...]] = ("pk",)
    is_ascending: ClassVar[bool] = False
    documented_errors: ClassVar[DocumentedErrors] = {"GET": LIST_ERRORS}
    parameter_advice: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("page", "offset"), "Pages have cursors: follow `next` in the answer."
    )

    @property
    def query_parameters(self) -> frozenset[str]:  # type: ignore[override]
        if self.request.method != "GET":
            return frozenset()
        filters = self.filterset_class.base_filters if self.filterset_class else ()
        return frozenset({*filters, "cursor", PAGE_SIZE.name, ORDERING})

    def listed(self, rows: QuerySet[Any], request: Request) -> Response:
        """Return the requested page of these rows, all of which the caller may see."""
        page = self.paginate_queryset(self.filter_queryset(rows))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
