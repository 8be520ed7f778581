from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "webhooks"

    def ready(self) -> None:
        from faceplatform import erasure, events, housekeeping, metrics
        from webhooks import outbox, retention
        from webhooks.backlog import Backlog

        erasure.register("webhook_deliveries", outbox.count_deliveries_of)
        events.published.connect(outbox.record, dispatch_uid="webhook_deliveries")
        housekeeping.register("webhook deliveries removed", retention.remove_old, in_passing=0)
        housekeeping.register("webhook deliveries abandoned", retention.abandon, in_passing=0)
        metrics.SHARED.append(Backlog())
