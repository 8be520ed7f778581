from django.urls import path

from faceplatform.system import configuration, views

urlpatterns = [
    path("health/", views.HealthView.as_view(), name="health"),
    path("ready/", views.ReadyView.as_view(), name="ready"),
    path("config/", configuration.ConfigView.as_view(), name="config"),
    path("status/", views.StatusView.as_view(), name="status"),
]
