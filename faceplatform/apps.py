from django.apps import AppConfig

from faceplatform import heap


class FaceplatformConfig(AppConfig):
    name = "faceplatform"

    def ready(self) -> None:
        heap.configure()
        # `celery` is the application that tasks are sent to; `checks` registers the system checks.
        from faceplatform import celery, checks  # noqa: F401
