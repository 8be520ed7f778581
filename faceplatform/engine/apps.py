from django.apps import AppConfig


class EngineConfig(AppConfig):
    name = "faceplatform.engine"
    label = "engine"
