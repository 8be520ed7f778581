"""Addresses below those of a user, `/api/clients/users/{user}/`."""

from django.urls import path

from enrollment import user_views

urlpatterns = [
    path(
        "users/<user:user>/enrollments/",
        user_views.UserEnrollmentsView.as_view(),
        name="client-user-enrollments",
    ),
]
