from django.urls import path

from analytics.views import exports, lists

urlpatterns = [
    path("auth-logs/", lists.AuthLogListView.as_view(), name="auth-logs"),
    path("auth-logs/export/", exports.AuthLogExportView.as_view(), name="auth-logs-export"),
    path("auth-logs/<uuid:log_id>/", lists.AuthLogView.as_view(), name="auth-log"),
    path("security-alerts/", lists.AlertListView.as_view(), name="security-alerts"),
    path(
        "security-alerts/export/", exports.AlertExportView.as_view(), name="security-alerts-export"
    ),
    path("security-alerts/<uuid:alert_id>/", lists.AlertView.as_view(), name="security-alert"),
    path(
        "security-alerts/<uuid:alert_id>/resolve/",
        lists.ResolveAlertView.as_view(),
        name="security-alert-resolve",
    ),
]
