from django.apps import AppConfig

from faceplatform import heap


class FaceplatformConfig(AppConfig):
    name = "faceplatform"

    def ready(self) -> None:
        heap.configure()
        # The former registers the system checks, the latter is where tasks are sent to.
        from faceplatform import celery, checks  # noqa: F401
