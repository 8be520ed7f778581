"""Sign-ins to the admin: the form, which limits guesses, and the removal of expired ones."""

from typing import Any, cast

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.signals import user_login_failed
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.exceptions import Throttled

from faceplatform.api.throttles import FailureThrottle
from faceplatform.housekeeping import delete_some
from faceplatform.system import second_factor


class AdminSignInForm(AdminAuthenticationForm):
    """Django's form, with guesses limited as those at a client's secret are, and with a code.

    A wrong code is told as a wrong password is: nobody learns that a password was right.

    Attributes:
        wait: seconds until the next attempt, of one that is refused unread; None for any other.
    """

    wait: float | None = None

    code = forms.CharField(
        label="Code of your authenticator",
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        help_text="Leave it empty if you have set none up.",
    )
    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": (
            "Please enter the correct %(username)s and password for a staff account, and the code "
            "that its authenticator shows now, if it has one. A code is good for one sign-in; "
            "after a wrong one, wait before the next. Both fields may be case-sensitive."
        ),
    }

    def clean(self) -> dict[str, Any]:
        request = cast("HttpRequest", self.request)
        throttle = FailureThrottle(request, f"admin:{self.cleaned_data.get('username')}")
        try:
            with throttle.attempt(ValidationError):
                cleaned = super().clean()
                self._check_code(request)
                return cleaned
        except Throttled as e:
            self.wait = getattr(e, "wait", None)  # REST framework's types lack it
            raise ValidationError(f"Too many failed sign-ins. {e.detail}", "throttled") from e

    def _check_code(self, request: HttpRequest) -> None:
        """Require the code of an account that has an authenticator.

        Raises:
            django.core.exceptions.ValidationError
        """
        account: Any = self.user_cache
        if account is None or second_factor.device_of(account) is None:
            return
        device = second_factor.verify(account, self.cleaned_data.get("code") or "")
        if device is None:
            user_login_failed.send(
                sender=__name__, credentials={"username": account.username}, request=request
            )
            raise self.get_invalid_login_error()
        account.otp_device = device  # django-otp notes it in the session that begins


def remove_expired(*, limit: int) -> int:
    """Delete rows of expired sign-ins, which Django leaves to `clearsessions`; return how many."""
    expired = Session.objects.filter(expire_date__lt=timezone.now())
    return delete_some(expired.order_by("expire_date"), limit=limit)
