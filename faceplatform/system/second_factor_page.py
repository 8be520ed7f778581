"""/admin/second-factor/: an account sets its authenticator up, or removes it."""

from typing import TYPE_CHECKING, Any, cast

import django_otp
import segno
from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe

from faceplatform.system import second_factor
from faceplatform.system.models import SecondFactor

if TYPE_CHECKING:
    from faceplatform.system.site import StaffSite

# In the session: the authenticator whose key this sign-in was shown.
_SHOWN = "second_factor_shown"


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


def answer(site: "StaffSite", request: HttpRequest) -> HttpResponse:
    """Show the page, or do as it was asked; ask strangers to sign in."""
    if not site.is_staff(request):
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    account = cast("User", request.user)
    if second_factor.device_of(account) is None:
        return _set_up(site, request, account)
    if not site.has_permission(request):
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    return _remove(site, request, account)


def _set_up(site: "StaffSite", request: HttpRequest, account: User) -> HttpResponse:
    form = CodeForm(request.POST or None)
    shown = int(request.session.get(_SHOWN, 0))
    if form.is_valid():
        device = second_factor.confirm(account, shown, form.cleaned_data["code"])
        if device is not None:
            del request.session[_SHOWN]
            request.session.cycle_key()
            django_otp.login(request, device)
            messages.success(request, "Your second factor is set up.")
            return redirect("admin:index")
        form.add_error("code", "This is not the code that the key gives now. Wait for the next.")
    # After a wrong code the same key, unless another sign-in of the account has replaced it.
    device = second_factor.shown(account, shown) if form.is_bound else None
    device = device or second_factor.start(account)
    request.session[_SHOWN] = device.pk
    context = {"form": form, "device": device, "image": _qr_code(device)}
    return _page(site, request, "Set up your second factor", context)


def _remove(site: "StaffSite", request: HttpRequest, account: User) -> HttpResponse:
    form = CodeForm(request.POST or None)
    if form.is_valid():
        if second_factor.remove(account, form.cleaned_data["code"]):
            messages.success(request, "Your second factor is removed.")
            return redirect("admin:second_factor")
        form.add_error("code", "This code is wrong, or was used. Wait for the next one.")
    return _page(site, request, "Your second factor", {"form": form})


def _page(
    site: "StaffSite", request: HttpRequest, title: str, context: dict[str, Any]
) -> HttpResponse:
    whole = {**site.each_context(request), "title": title, **context}
    return render(request, "faceplatform/second_factor.html", whole)


def _qr_code(device: SecondFactor) -> str:
    """Return the key as an SVG image of black on white, in a light and in a dark scheme."""
    code = segno.make(device.address, micro=False)
    svg = code.svg_inline(scale=4, dark="black", light="white")
    return mark_safe(svg)  # noqa: S308  (made here, without any text)
