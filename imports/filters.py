"""The filters of the lists of imports and of their items."""

from django_filters import ChoiceFilter

from faceplatform.api.lists import Filters
from imports.models import JobStatus, Result

SHOWN_STATUSES = [choice for choice in JobStatus.choices if choice[0] != JobStatus.RECEIVING]


class ImportFilters(Filters):
    status = ChoiceFilter(choices=SHOWN_STATUSES)


class ItemFilters(Filters):
    result = ChoiceFilter(choices=Result.choices)
