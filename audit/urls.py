from django.urls import path

from audit import views

urlpatterns = [
    path("audit-logs/", views.AuditLogListView.as_view(), name="audit-log-list"),
    path("audit-logs/<uuid:entry_id>/", views.AuditLogView.as_view(), name="audit-log"),
    path("security-events/", views.SecurityEventListView.as_view(), name="security-event-list"),
    path(
        "security-events/<uuid:event_id>/", views.SecurityEventView.as_view(), name="security-event"
    ),
]
