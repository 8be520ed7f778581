"""Addresses below `/api/core/`."""

from django.urls import path

from authentication import result_views

urlpatterns = [
    path("auth/user/", result_views.ExchangeView.as_view(), name="auth-user"),
]
