from django.urls import path

from clients.accounts import credential_views, views

urlpatterns = [
    path("clients/", views.ClientListView.as_view(), name="client-list"),
    path("clients/<uuid:client_id>/", views.ClientView.as_view(), name="client"),
    path("clients/<uuid:client_id>/stats/", views.ClientStatsView.as_view(), name="client-stats"),
    path(
        "clients/<uuid:client_id>/reset_credentials/",
        credential_views.ResetCredentialsView.as_view(),
        name="client-reset-credentials",
    ),
    path("credentials/", credential_views.CredentialListView.as_view(), name="credential-list"),
    path(
        "credentials/<uuid:credential_id>/",
        credential_views.CredentialView.as_view(),
        name="credential",
    ),
    path(
        "credentials/<uuid:credential_id>/rotate/",
        credential_views.RotateCredentialView.as_view(),
        name="credential-rotate",
    ),
]
