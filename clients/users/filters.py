"""Filters of the list of users."""

import django_filters

from clients.models import Subject
from faceplatform.api.lists import BooleanFilter, Filters, MomentFilter


class UserFilters(Filters):
    user_id = django_filters.CharFilter(max_length=150, strip=False)
    is_active = BooleanFilter()
    is_enrolled = BooleanFilter()
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lt")

    class Meta(Filters.Meta):
        model = Subject
        fields: list[str] = []
