"""The filters of the lists of imports and of their items."""

from faceplatform.api.lists import Filters, NamedChoiceFilter
from imports.models import JobStatus, Result

SHOWN_STATUSES = [choice for choice in JobStatus.choices if choice[0] != JobStatus.RECEIVING]


class ImportFilters(Filters):
    status = NamedChoiceFilter(choices=SHOWN_STATUSES)


class ItemFilters(Filters):
    result = NamedChoiceFilter(choices=Result.choices)
