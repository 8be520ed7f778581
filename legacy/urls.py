"""The addresses of the older APIs, each as documented and also with or without its last slash."""

from django.urls import URLPattern, path

from legacy import documentation
from legacy.dialects import (
    enroll_authentificate,
    facial_verification,
    gallery_headers,
    liveness_accounts,
)
from legacy.views import DialectView


def _both(route: str, view: type[DialectView], name: str) -> list[URLPattern]:
    """Return the documented form, and the other one, which the schema leaves out."""
    other = route.removesuffix("/") if route.endswith("/") else f"{route}/"
    return [
        path(route, view.as_view(), name=name),
        path(other, view.as_view(schema=None)),
    ]


urlpatterns = [
    path("api/schema/legacy/", documentation.LegacySchemaView.as_view(), name="legacy-schema"),
    path(
        "api/schema/legacy/swagger-ui/",
        documentation.LegacySwaggerView.as_view(),
        name="legacy-swagger-ui",
    ),
    # 000
    *_both("api/enroll", enroll_authentificate.EnrollView, "legacy-enroll"),
    *_both("api/authentificate", enroll_authentificate.AuthentificateView, "legacy-authentificate"),
    *_both("api/reset", enroll_authentificate.ResetView, "legacy-reset"),
    # 001
    *_both("api/register/", gallery_headers.RegisterView, "legacy-gallery-register"),
    *_both("api/verify", gallery_headers.VerifyView, "legacy-gallery-verify"),
    *_both("api/remove", gallery_headers.RemoveView, "legacy-gallery-remove"),
    # 003
    *_both("register/", facial_verification.RegisterView, "legacy-facial-register"),
    *_both("verify/", facial_verification.VerifyView, "legacy-facial-verify"),
    # 004
    path("", liveness_accounts.RootView.as_view(), name="root"),
    *_both("home", liveness_accounts.HomeView, "legacy-account-home"),
    *_both("auth/register", liveness_accounts.RegisterView, "legacy-account-register"),
    *_both("auth/login", liveness_accounts.LoginView, "legacy-account-login"),
    *_both("auth/logout", liveness_accounts.LogoutView, "legacy-account-logout"),
    *_both("user/delete", liveness_accounts.DeleteView, "legacy-account-delete"),
]
