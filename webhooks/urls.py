from django.urls import path

from webhooks import delivery_views, endpoint_views
from webhooks.catalogue_views import CatalogueView

_ENDPOINT = "endpoints/<uuid:endpoint_id>/"
_DELIVERY = "deliveries/<uuid:delivery_id>/"

urlpatterns = [
    path("events/", CatalogueView.as_view(), name="webhook-events"),
    path("endpoints/", endpoint_views.EndpointListView.as_view(), name="webhook-endpoint-list"),
    path(_ENDPOINT, endpoint_views.EndpointView.as_view(), name="webhook-endpoint"),
    path(f"{_ENDPOINT}pause/", endpoint_views.PauseView.as_view(), name="webhook-endpoint-pause"),
    path(
        f"{_ENDPOINT}resume/", endpoint_views.ResumeView.as_view(), name="webhook-endpoint-resume"
    ),
    path(f"{_ENDPOINT}test/", endpoint_views.TestView.as_view(), name="webhook-endpoint-test"),
    path(
        f"{_ENDPOINT}regenerate_secret/",
        endpoint_views.RegenerateSecretView.as_view(),
        name="webhook-endpoint-regenerate-secret",
    ),
    path(
        f"{_ENDPOINT}stats/",
        endpoint_views.EndpointStatsView.as_view(),
        name="webhook-endpoint-stats",
    ),
    path(
        f"{_ENDPOINT}replay/", endpoint_views.ReplayView.as_view(), name="webhook-endpoint-replay"
    ),
    path("deliveries/", delivery_views.DeliveryListView.as_view(), name="webhook-delivery-list"),
    path(_DELIVERY, delivery_views.DeliveryView.as_view(), name="webhook-delivery"),
    path(f"{_DELIVERY}retry/", delivery_views.RetryView.as_view(), name="webhook-delivery-retry"),
    path("failed/", delivery_views.FailedListView.as_view(), name="webhook-failed-list"),
    path("retry-failed/", delivery_views.RetryFailedView.as_view(), name="webhook-retry-failed"),
    path("event-logs/", delivery_views.EventLogView.as_view(), name="webhook-event-logs"),
    path("stats/", delivery_views.StatsView.as_view(), name="webhook-stats"),
    path("clear-logs/", delivery_views.ClearLogsView.as_view(), name="webhook-clear-logs"),
]
