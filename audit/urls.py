from django.urls import path

from audit import export_views, views

urlpatterns = [
    path("audit-logs/", views.AuditLogListView.as_view(), name="audit-log-list"),
    path("audit-logs/export/", export_views.AuditExportView.as_view(), name="audit-log-export"),
    path("audit-logs/head/", export_views.AuditHeadView.as_view(), name="audit-log-head"),
    path("audit-logs/<uuid:entry_id>/", views.AuditLogView.as_view(), name="audit-log"),
    path("security-events/", views.SecurityEventListView.as_view(), name="security-event-list"),
    path(
        "security-events/<uuid:event_id>/", views.SecurityEventView.as_view(), name="security-event"
    ),
]
