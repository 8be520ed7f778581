"""Sign-ins to the admin: the form, which limits guesses, and the removal of expired ones."""

from typing import Any, cast

from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.exceptions import Throttled

from faceplatform.api.throttles import FailureThrottle
from faceplatform.housekeeping import delete_some


class AdminSignInForm(AdminAuthenticationForm):
    """Django's form, with guesses limited as those at a client's secret are."""

    def clean(self) -> dict[str, Any]:
        request = cast("HttpRequest", self.request)
        throttle = FailureThrottle(request, f"admin:{self.cleaned_data.get('username')}")
        try:
            with throttle.attempt(ValidationError):
                return super().clean()
        except Throttled as e:
            raise ValidationError(f"Too many failed sign-ins. {e.detail}", "throttled") from e


def remove_expired(*, limit: int) -> int:
    """Delete rows of expired sign-ins, which Django leaves to `clearsessions`; return how many."""
    expired = Session.objects.filter(expire_date__lt=timezone.now())
    return delete_some(expired.order_by("expire_date"), limit=limit)
