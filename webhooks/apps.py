from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "webhooks"

    def ready(self) -> None:
        from faceplatform import erasure, events
        from webhooks import outbox

        erasure.register("webhook_deliveries", outbox.count_deliveries_of)
        events.published.connect(outbox.record, dispatch_uid="webhook_deliveries")
