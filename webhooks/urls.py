from django.urls import path

from webhooks.catalogue_views import CatalogueView

urlpatterns = [
    path("events/", CatalogueView.as_view(), name="webhook-events"),
]
