from django.urls import path

from clients import info, views

urlpatterns = [
    path("info/", info.InfoView.as_view(), name="info"),
    path("auth/client/", views.ClientTokenView.as_view(), name="auth-client"),
    path("auth/token/refresh/", views.TokenRefreshView.as_view(), name="auth-token-refresh"),
    path("auth/token/verify/", views.TokenVerifyView.as_view(), name="auth-token-verify"),
    path("auth/token/revoke/", views.TokenRevokeView.as_view(), name="auth-token-revoke"),
]
