from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "faceplatform.api"
    label = "api"

    def ready(self) -> None:
        from faceplatform import events, housekeeping
        from faceplatform.api import idempotency

        housekeeping.register("kept answers removed", idempotency.remove_expired, in_passing=50)
        events.published.connect(idempotency.forget_answers, dispatch_uid="kept_answers")
