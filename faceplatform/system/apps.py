from django.apps import AppConfig


class SystemConfig(AppConfig):
    name = "faceplatform.system"
    label = "system"
