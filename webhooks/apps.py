from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "webhooks"
    verbose_name = "Webhooks"

    def ready(self) -> None:
        from clients import stats
        from faceplatform import erasure, events, housekeeping, metrics
        from webhooks import endpoints, health, index_panels, outbox, retention
        from webhooks.backlog import Backlog

        index_panels.register()
        stats.register("webhook_endpoints_failing", endpoints.count_failing)
        erasure.register("webhook_deliveries", outbox.count_deliveries_of)
        events.published.connect(outbox.record, dispatch_uid="webhook_deliveries")
        events.published.connect(health.begin_again, dispatch_uid="webhook_health")
        housekeeping.register("webhook deliveries removed", retention.remove_old)
        housekeeping.register("webhook deliveries abandoned", retention.abandon)
        housekeeping.register("rows of deleted webhook endpoints removed", endpoints.remove_deleted)
        metrics.SHARED.append(Backlog())
