"""The admin's sign-in form: guesses are limited as those at a client's secret are."""

from typing import Any, cast

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from rest_framework.exceptions import Throttled

from faceplatform.api.throttles import FailureThrottle


class AdminSignInForm(AdminAuthenticationForm):
    def clean(self) -> dict[str, Any]:
        request = cast("HttpRequest", self.request)
        throttle = FailureThrottle(request, f"admin:{self.cleaned_data.get('username')}")
        try:
            with throttle.attempt(ValidationError):
                return super().clean()
        except Throttled as e:
            raise ValidationError(f"Too many failed sign-ins. {e.detail}", "throttled") from e
