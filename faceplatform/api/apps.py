from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "faceplatform.api"
    label = "api"
