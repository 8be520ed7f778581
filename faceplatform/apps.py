from django.apps import AppConfig


class FaceplatformConfig(AppConfig):
    name = "faceplatform"

    def ready(self) -> None:
        # The former registers the system checks, the latter is where tasks are sent to.
        from faceplatform import celery, checks  # noqa: F401
