"""Addresses of client management, below `/api/clients/`."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("clients.accounts.urls")),
]
