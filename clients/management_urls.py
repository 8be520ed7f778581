"""Addresses of client management, below `/api/clients/`."""

from django.urls import URLPattern, URLResolver, path

from clients.lockout.views import UnlockUserView
from clients.usage_api import UsageView

urlpatterns: list[URLPattern | URLResolver] = [
    path("usage/", UsageView.as_view(), name="usage-list"),
    path("users/<path:user_id>/unlock/", UnlockUserView.as_view(), name="user-unlock"),
]
