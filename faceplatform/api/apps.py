from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "faceplatform.api"
    label = "api"

    def ready(self) -> None:
        from faceplatform import erasure, housekeeping
        from faceplatform.api import idempotency

        housekeeping.register("kept answers removed", idempotency.remove_expired)
        erasure.register(
            "kept_answers", idempotency.count_answers, scrub=idempotency.forget_answers
        )
