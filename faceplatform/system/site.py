"""The admin's site: its sign-in, and the second factor in front of every page."""

import math
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path

from faceplatform.system import index_panels, second_factor, second_factor_page
from faceplatform.system.sign_in import AdminSignInForm


class StaffSite(AdminSite):
    site_header = site_title = "Faceplatform"
    index_title = "Overview"
    login_form = AdminSignInForm
    login_template = "faceplatform/admin_sign_in.html"
    index_template = "faceplatform/admin_index.html"

    def has_permission(self, request: HttpRequest) -> bool:
        """Return True for active staff that showed its second factor, or needs none."""
        return self.is_staff(request) and second_factor.is_satisfied(request)

    def is_staff(self, request: HttpRequest) -> bool:
        """Return True for active staff, whatever it showed besides its password."""
        return super().has_permission(request)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        must_set_up = self.is_staff(request) and second_factor.device_of(request.user) is None
        if request.method == "GET" and must_set_up and not self.has_permission(request):
            return redirect("admin:second_factor")
        answer = super().login(request, extra_context)
        form = getattr(answer, "context_data", {}).get("form")
        if isinstance(form, AdminSignInForm) and form.wait is not None:
            answer.status_code = 429
            answer["Retry-After"] = str(math.ceil(form.wait))
        return answer

    def index(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        """Answer with the panels that the account may see, and the navigation."""
        shown = {"panels": index_panels.shown_to(request.user)}
        return super().index(request, {**shown, **(extra_context or {})})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return the apps and models of the navigation: none before the second factor."""
        return super().get_app_list(request, app_label) if self.has_permission(request) else []

    def second_factor(self, request: HttpRequest) -> HttpResponse:
        """Let an account set its second factor up, or remove it."""
        return second_factor_page.answer(self, request)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        # Signing out asks for no second factor: it comes before Django's address of that name.
        own = [
            path("second-factor/", self.second_factor, name="second_factor"),
            path("logout/", self.logout),
        ]
        return [*own, *super().get_urls()]
