from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "faceplatform.api"
    label = "api"

    def ready(self) -> None:
        from faceplatform import housekeeping
        from faceplatform.api import idempotency

        housekeeping.register("kept answers removed", idempotency.remove_expired, in_passing=50)
