from django.apps import AppConfig


class FaceplatformConfig(AppConfig):
    name = "faceplatform"

    def ready(self) -> None:
        from faceplatform import checks  # noqa: F401  (registers the system checks)
