from django.urls import path

from analytics.views import exports, figures, lists, templates, users

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
    path("dashboard/", figures.DashboardView.as_view(), name="dashboard"),
    path("statistics/", figures.StatisticsView.as_view(), name="statistics"),
    path(
        "face-recognition-stats/",
        figures.RecognitionStatsView.as_view(),
        name="face-recognition-stats",
    ),
    path("model-performance/", figures.PerformanceView.as_view(), name="model-performance"),
    path("data-quality/", templates.DataQualityView.as_view(), name="data-quality"),
    path(
        "data-quality/export/", exports.DataQualityExportView.as_view(), name="data-quality-export"
    ),
    path("user-behavior/", figures.BehaviorView.as_view(), name="user-behavior"),
    path("user-behavior/users/", users.UserListView.as_view(), name="user-behavior-users"),
    path("system-metrics/", figures.SystemMetricsView.as_view(), name="system-metrics"),
    path("monitoring/overview/", figures.OverviewView.as_view(), name="monitoring-overview"),
    path("drift/", figures.DriftView.as_view(), name="drift"),
]
