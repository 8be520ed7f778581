"""Addresses of client management, below `/api/clients/`."""

from django.urls import include, path

from clients.lockout.address_views import AddressListView, UnlockAddressView
from clients.lockout.views import UnlockUserView
from clients.usage_api import UsageView

urlpatterns = [
    path("", include("clients.accounts.urls")),
    path("", include("clients.users.urls")),
    path("", include("clients.groups.urls")),
    path("lockouts/addresses/", AddressListView.as_view(), name="lockout-addresses"),
    path("lockouts/addresses/unlock/", UnlockAddressView.as_view(), name="lockout-address-unlock"),
    path("usage/", UsageView.as_view(), name="usage-list"),
    path("users/<user:user>/unlock/", UnlockUserView.as_view(), name="user-unlock"),
]
