"""Periods of whole days, in the client's time zone, that end today."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter

from clients.models import Client
from faceplatform.tenant import Tenant


class Length(TextChoices):
    WEEK = "7_days"
    MONTH = "30_days"
    QUARTER = "90_days"
    YEAR = "1_year"


DAYS = {Length.WEEK: 7, Length.MONTH: 30, Length.QUARTER: 90, Length.YEAR: 365}
PARAMETER = OpenApiParameter(
    "period",
    {"type": "string", "enum": list(Length.values), "default": str(Length.MONTH)},
    description="Days of your time zone, today included.",
)


@dataclass(frozen=True, slots=True)
class Period:
    """Days of one client, the first and the last included."""

    client_pk: int
    length: Length
    first: date
    last: date
    time_zone: str

    @property
    def began_at(self) -> datetime:
        """The beginning of its first day."""
        return datetime.combine(self.first, time.min, ZoneInfo(self.time_zone))

    def days(self) -> list[date]:
        """Return its days, in order."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    def of_client(self) -> dict[str, object]:
        """Return the condition of the rows of totals that belong to it."""
        return {"client": self.client_pk, "day__gte": self.first, "day__lte": self.last}

    def described(self) -> dict[str, object]:
        """Return its members of an answer."""
        return {
            "period": str(self.length),
            "first_day": self.first.isoformat(),
            "last_day": self.last.isoformat(),
            "time_zone": self.time_zone,
        }


def today_of(tenant: Tenant) -> date:
    """Return the day that it is in the client's time zone."""
    client = cast("Client", tenant)
    return timezone.now().astimezone(ZoneInfo(client.time_zone)).date()


def until_today(tenant: Tenant, length: Length) -> Period:
    """Return the client's days of a period that ends today."""
    last = today_of(tenant)
    first = last - timedelta(days=DAYS[length] - 1)
    return Period(tenant.pk, length, first, last, cast("Client", tenant).time_zone)
