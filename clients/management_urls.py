"""Addresses of client management, below `/api/clients/`."""

from django.urls import include, path

urlpatterns = [
    path("", include("clients.accounts.urls")),
    path("", include("clients.users.urls")),
    path("", include("clients.groups.urls")),
]
