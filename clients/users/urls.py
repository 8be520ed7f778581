"""Addresses of users and receipts, below `/api/clients/`."""

from django.urls import path

from clients.users import views

urlpatterns = [
    path("users/", views.UserListView.as_view(), name="client-users"),
    path("users/<user:user>/", views.UserView.as_view(), name="client-user"),
    path(
        "users/<user:user>/activate/",
        views.ActivateUserView.as_view(),
        name="client-user-activate",
    ),
    path(
        "users/<user:user>/deactivate/",
        views.DeactivateUserView.as_view(),
        name="client-user-deactivate",
    ),
    path("receipts/", views.ReceiptListView.as_view(), name="client-receipts"),
    path("receipts/<uuid:receipt_id>/", views.ReceiptView.as_view(), name="client-receipt"),
]
