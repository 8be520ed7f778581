"""Addresses below those of a user, `/api/clients/users/{user}/`."""

from django.urls import path

from authentication import user_views

urlpatterns = [
    path(
        "users/<user:user>/authentications/",
        user_views.UserAuthenticationsView.as_view(),
        name="client-user-authentications",
    ),
]
